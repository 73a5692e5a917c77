/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../common/suggestion.h"
#include "learn_once.h"
#include "learn_print.h"

static void print_head(FILE *out, const struct ck_learn_result *result, int signal)
{
    const struct ck_learn_outcome *outcome = &result->runs[0].outcome;

    fputs("# not proven: one run, and what it names is what each call would have needed, not what the work needs\n",
          out);
    if (signal != 0) {
        fprintf(out, "# ended by signal %d; nothing is proven\n", signal);
        return;
    }
    fprintf(out, "# one run as %s; it %s its check (it ended with %d%s)\n",
            ck_suggestion_user(result->options->account.uid), outcome->has_passed ? "passed" : "failed",
            outcome->status, outcome->has_timed_out ? ", not in time" : "");
}

/* --- calls */

/* Those that failed, and of which this became; or those that went on. */
static void print_denied(FILE *out, const struct ck_learn_report *report, bool has_failed, enum ck_once_word made,
                         const char *title)
{
    bool any = false;

    for (unsigned i = 0; i < report->call_count; i++) {
        const struct ck_learn_call *call = &report->calls[i];

        if (call->denied_mask == 0 || (call->error != 0) != has_failed || (has_failed && call->made != made))
            continue;
        if (!any)
            fprintf(out, "# %s:\n", title);
        ck_learn_print_call(out, call, call->denied_mask, call->granted_mask != 0);
        any = true;
    }
}

static void print_all_denied(FILE *out, const struct ck_learn_report *report)
{
    static const struct {
        enum ck_once_word made;
        const char *title;
    } rows[] = {
        {CK_ONCE_VAIN, "made again with what they asked for, and the same"},
        {CK_ONCE_LACKING, "not made again, as it is not permitted to it (--from, or it has lowered that)"},
        {CK_ONCE_SURE, "not made again, as it only made sure"},
        {CK_ONCE_GREAT, "not made again, as it would be done to the whole machine"},
        {CK_ONCE_HINDERED, "could not be made again"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        print_denied(out, report, true, rows[i].made, rows[i].title);
    print_denied(out, report, false, CK_ONCE_PLAIN, "asked for, and went on without");
}

static void print_granted(FILE *out, const struct ck_learn_report *report)
{
    bool any = false;

    for (unsigned i = 0; i < report->call_count; i++) {
        if (report->calls[i].granted_mask == 0)
            continue;
        if (!any)
            fputs("#\n# granted:\n", out);
        ck_learn_print_call(out, &report->calls[i], report->calls[i].granted_mask, true);
        any = true;
    }
}

/* io_uring's workers are asked in no call of the program's. */
static void print_strays(FILE *out, const struct ck_learn_report *report)
{
    uint64_t mask = report->seen.granted_mask;

    for (unsigned i = 0; i < report->call_count; i++)
        mask &= ~report->calls[i].granted_mask;
    if (mask == 0)
        return;
    fputs("#   ", out);
    ck_learn_print_caps(out, mask, ',');
    fputs("  (in no call: a worker of io_uring)\n", out);
}

/* A search in folders that are closed to the user gives ENOENT in place of EACCES, and the next one is looked into. */
static uint64_t failed_all_the_same(const struct ck_learn_report *report)
{
    uint64_t done_mask = 0;
    uint64_t failed_mask = 0;

    for (unsigned i = 0; i < report->call_count; i++) {
        if (report->calls[i].error_with != 0)
            failed_mask |= report->calls[i].granted_mask;
        else
            done_mask |= report->calls[i].granted_mask;
    }
    return failed_mask & ~done_mask;
}

static void print_warnings(FILE *out, const struct ck_learn_result *result)
{
    const struct ck_learn_report *report = result->last;

    if (report->has_asked_caps && !result->runs[0].outcome.has_passed)
        fputs("# it has looked at its capabilities, of which none is effective here: try without --once\n", out);
    if (report->left > 0)
        fprintf(out, "# warning: the command left processes behind (%u), which were ended%s\n", report->left,
                report->is_left ? ", as far as they could be" : "");
    ck_learn_print_gaps(out, report);
    if (report->is_hindered)
        fputs("# warning: a program kept all of --from effective: it has a seccomp filter that capkeep may not "
              "suspend, or the other "
              "word size\n",
              out);
    if (report->has_rival)
        fputs("# warning: it traces by itself, which it cannot while it is traced\n", out);
}

void ck_learn_once_text(FILE *out, const struct ck_learn_result *result, int signal)
{
    const struct ck_learn_report *report = result->last;
    uint64_t set = report->seen.granted_mask;

    print_head(out, result, signal);
    if (set == 0)
        fputs("# no capability: none of its calls had another result with one\n", out);
    else if (result->runs[0].outcome.has_passed)
        ck_learn_print_rule(out, result->program, ck_suggestion_user(result->options->account.uid),
                            result->options->command, set);
    print_granted(out, report);
    print_strays(out, report);
    ck_learn_print_advice(out, result, set);
    print_all_denied(out, report);
    ck_learn_print_mask(out, "only in passing (memory)", report->passing_mask, "");
    ck_learn_print_mask(out, "not counted: what programs asked for that are set-user-ID or have file capabilities",
                        report->raised_mask, "");
    ck_learn_print_mask(out, "warning: only for calls that failed all the same, with another error",
                        failed_all_the_same(report), "");
    print_warnings(out, result);
    if (set != 0)
        ck_suggestion_print_warnings(out, set);
}
