/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../common/suggestion.h"
#include "learn_print.h"
#include "learn_watch.h"

static void print_head(FILE *out, const struct ck_learn_watched *watched)
{
    fprintf(out, "# process %d (", (int)watched->pid);
    ck_learn_print_foreign(out, watched->program);
    fprintf(out, "), as %s, for %.1f seconds%s\n", ck_suggestion_user(watched->uid), watched->seconds,
            watched->has_ended ? ", until it ended" : "");
    fputs("# not proven: what it did meanwhile, and nothing else; `capkeep learn -u` proves what a program needs\n",
          out);
    if (!watched->report->seen.is_exact)
        fputs("# this kernel does not tell what it is asked for (Linux 6.14 does): what was denied is likely, what was "
              "granted is not known\n",
              out);
}

static void print_calls(FILE *out, const struct ck_learn_report *report, bool is_granted)
{
    bool any = false;

    for (unsigned i = 0; i < report->call_count; i++) {
        const struct ck_learn_call *call = &report->calls[i];
        uint64_t mask = is_granted ? call->granted_mask : call->denied_mask;

        if (mask == 0)
            continue;
        if (!any)
            fputs(is_granted ? "# granted:\n" : "# denied:\n", out);
        ck_learn_print_call(out, call, mask, false);
        any = true;
    }
}

void ck_learn_watch_text(FILE *out, const struct ck_learn_watched *watched)
{
    const struct ck_learn_report *report = watched->report;

    print_head(out, watched);
    print_calls(out, report, true);
    print_calls(out, report, false);
    ck_learn_print_mask(out, "only in passing", report->passing_mask, " (memory)");
    ck_learn_print_mask(out, "not counted: what programs asked for that are set-user-ID or have file capabilities",
                        report->raised_mask, "");
    ck_learn_print_mask(out, "holds, and was never granted here", ck_learn_watch_unused(watched),
                        " (a hint, and no policy)");
    ck_learn_print_gaps(out, report);
}
