/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "../../shim/core/capset.h"
#include "../common/suggestion.h"
#include "learn_print.h"
#include "learn_result.h"

static void print_check(FILE *out, const struct ck_learn_options *options)
{
    fputs("the check: ", out);
    if (options->check != NULL)
        ck_learn_print_foreign(out, options->check);
    else
        fputs(options->until != NULL ? "--until succeeds" : "exit status 0", out);
}

static void print_head(FILE *out, const struct ck_learn_result *result)
{
    const struct ck_learn_outcome *first = &result->runs[0].outcome;

    fprintf(out, "# %u runs as %s; ", result->run_count, ck_suggestion_user(result->options->account.uid));
    print_check(out, result->options);
    if (first->has_timed_out)
        fputs(" (with no capability it did not end in time)", out);
    else if (!first->has_passed)
        fprintf(out, " (it ended with %d with no capability)", first->status);
    fputc('\n', out);
}

/* --- why */

static void print_evidence(FILE *out, const struct ck_learn_evidence *evidence)
{
    const struct ck_learn_call *call = evidence->call;

    fprintf(out, "%s%s%s  ", call->call, call->object[0] != '\0' ? " " : "", call->object);
    ck_learn_print_foreign(out, call->comm);
    if (evidence->error != 0)
        fprintf(out, " (%s without)", strerrorname_np(evidence->error));
    if (evidence->count > 1)
        fprintf(out, ", %u times", evidence->count);
    fputc('\n', out);
}

static void print_member(FILE *out, const struct ck_learn_result *result, unsigned cap)
{
    struct ck_learn_evidence evidence[CK_LEARN_EVIDENCE_MAX];
    unsigned count = ck_learn_evidence(result, cap, evidence);

    if (count == 0)
        ck_learn_print_cap(out, cap, "(in which call was not seen)\n");
    for (unsigned i = 0; i < count; i++) {
        ck_learn_print_cap(out, cap, result->last->seen.is_exact ? "" : "likely ");
        print_evidence(out, &evidence[i]);
    }
}

static void print_members(FILE *out, const struct ck_learn_result *result)
{
    fputs("#\n# needed (left out, the check failed):\n", out);
    for (uint64_t rest = result->answer.set; rest != 0;)
        print_member(out, result, ck_cap_take_lowest(&rest));
}

/* What was done without it is done. */
static bool is_silent(const struct ck_learn_call *call)
{
    return call->error == 0 && (call->denied_mask & ~ck_learn_silent_mask) == 0;
}

static void print_not_needed(FILE *out, const struct ck_learn_result *result)
{
    bool any = false;

    for (unsigned i = 0; i < result->last->call_count; i++) {
        const struct ck_learn_call *call = &result->last->calls[i];
        uint64_t mask = call->denied_mask & ~result->answer.set;

        if (mask == 0 || is_silent(call))
            continue;
        fputs(any ? "#   " : "# asked for and not needed by this check:\n#   ", out);
        ck_learn_print_caps(out, mask, ',');
        fprintf(out, "  %s%s%s -> %s\n", call->call, call->object[0] != '\0' ? " " : "", call->object,
                call->error != 0 ? strerrorname_np(call->error) : "it went on");
        any = true;
    }
    ck_learn_print_mask(out, "only in passing", result->last->passing_mask, " (memory)");
}

static void print_raised(FILE *out, const struct ck_learn_result *result)
{
    ck_learn_print_mask(
        out, "not counted: what programs asked for that are set-user-ID, set-group-ID or have file capabilities",
        result->everything->raised_mask | result->nothing->raised_mask, "");
}

/* --- warnings */

static void print_warnings(FILE *out, const struct ck_learn_result *result)
{
    const struct ck_learn_past *all = ck_learn_find_past(result, result->options->from_mask, true);
    const struct ck_learn_past *set = ck_learn_find_past(result, result->answer.set, true);

    if (result->options->check == NULL && all != NULL && set != NULL && all != set &&
        ck_learn_differs(all->run.output, set->run.output))
        fputs("# warning: with all capabilities the last line of its output is another: is status 0 enough? --check "
              "can look closer\n",
              out);
    if (result->is_check_early)
        fputs("# warning: --check succeeds before anything was run\n", out);
    if (result->left > 0)
        fprintf(out, "# warning: the command left processes behind (%u), which were ended%s\n", result->left,
                result->is_left ? ", as far as they could be" : "");
    ck_suggestion_print_warnings(out, result->answer.set);
}

/* --- verdicts */

static void print_none(FILE *out, const struct ck_learn_result *result)
{
    print_head(out, result);
    fputs("# no capability: it passes with none\n", out);
    print_not_needed(out, result);
    print_raised(out, result);
    print_warnings(out, result);
}

static void print_others(FILE *out, const struct ck_learn_result *result)
{
    for (unsigned i = 1; i < result->answer.set_count; i++) {
        fputs(i == 1 ? "# this would do instead:\n#   " : "#   ", out);
        ck_learn_print_caps(out, result->answer.sets[i], ' ');
        fputc('\n', out);
    }
}

static void print_proven(FILE *out, const struct ck_learn_result *result)
{
    print_head(out, result);
    ck_learn_print_rule(out, result->program, ck_suggestion_user(result->options->account.uid),
                        result->options->command, result->answer.set);
    print_members(out, result);
    print_others(out, result);
    ck_learn_print_advice(out, result, result->answer.set);
    print_not_needed(out, result);
    print_raised(out, result);
    print_warnings(out, result);
}

static void print_not_enough(FILE *out, const struct ck_learn_result *result)
{
    char reason[CK_LEARN_REASON_SIZE];

    print_head(out, result);
    fprintf(out, "# capabilities alone are not enough: it does not pass with %s either\n",
            ck_learn_name_all(result->options));
    if (ck_learn_reason(result, reason))
        fprintf(out, "#   %s\n", reason);
    print_raised(out, result);
}

static void print_unsteady(FILE *out, const struct ck_learn_result *result)
{
    const struct ck_learn_answer *answer = &result->answer;

    fputs("# the check is not steady: with ", out);
    ck_learn_print_caps(out, answer->set, ',');
    fprintf(out, " it %s, and then it %s\n", answer->has_passed_before ? "passed" : "failed",
            answer->has_passed_before ? "failed" : "passed");
    for (int verdict = 1; verdict >= 0; verdict--) {
        const struct ck_learn_past *past = ck_learn_find_past(result, answer->set, verdict != 0);
        if (past != NULL)
            fprintf(out, "#   output where it %s: %s\n", verdict != 0 ? "passed" : "failed", past->run.output);
    }
}

static void print_unfinished(FILE *out, const struct ck_learn_result *result, int signal)
{
    fprintf(out, "# ended by signal %d after %u runs; nothing is proven\n", signal, result->run_count);
    if (!result->has_passed)
        return;
    fputs("#   it has passed with ", out);
    ck_learn_print_caps(out, result->smallest, ',');
    fputc('\n', out);
}

void ck_learn_text(FILE *out, const struct ck_learn_result *result, int signal)
{
    if (signal != 0)
        print_unfinished(out, result, signal);
    else if (result->answer.verdict == CK_LEARN_NOT_ENOUGH)
        print_not_enough(out, result);
    else if (result->answer.verdict == CK_LEARN_UNSTEADY)
        print_unsteady(out, result);
    else if (result->answer.set == 0)
        print_none(out, result);
    else
        print_proven(out, result);
}
