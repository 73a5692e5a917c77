/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleave_judge.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define WORDS(type) (sizeof(type) / sizeof(uint64_t))
#define COMPARED_WORDS (offsetof(struct interleave_record, phase) / sizeof(uint64_t))

const char *const interleave_kinds[KIND_COUNT] = {
    [KIND_HOLDS] = "holds",
    [KIND_HANGS] = "it hangs",
    [KIND_KILLED] = "a signal ends the process",
    [KIND_NO_RULE] = "capabilities at the user's uid, and no rule gives any",
    [KIND_MORE_THAN_RULE] = "more capabilities at the user's uid than the rule gives",
    [KIND_CHILD] = "a child forked in the middle",
    [KIND_ROOT_POWERLESS] = "root is left with less effective than permitted",
    [KIND_THREADS_DIFFER] = "threads differ",
    [KIND_PROGRAM_LESS] = "a program gets less",
    [KIND_PROGRAM_OTHER] = "a program gets something else",
    [KIND_KEEPCAPS] = "KEEPCAPS or the securebits are not as the launcher set them",
    [KIND_KEEPCAPS_ANSWER] = "PR_GET_KEEPCAPS answers with ours",
    [KIND_SETS] = "other capabilities than in either order",
    [KIND_SIGNAL_MASK] = "another signal mask",
    [KIND_ENVIRON] = "environ",
    [KIND_RESULT] = "a call returns something else",
};

/* --- the words of a record, by name */

static const char *const state_names[] = {"ruid",      "euid",         "suid",        "fsuid",
                                          "permitted", "effective",    "inheritable", "ambient",
                                          "bounding",  "no_new_privs", "blocked"};
static const char *const result_names[] = {"done", "value", "errno"};
static const char *const end_names[] = {"keepcaps", "keepcaps as told", "securebits", "securebits as told",
                                        "environ kept"};
static const char *const report_names[REPORT_COUNT] = {
    [REPORT_INNER_CHILD] = "inner child",     [REPORT_INNER_PROGRAM] = "inner program",
    [REPORT_OUTER_PROGRAM] = "outer program", [REPORT_OUTER_PROGRAM_FORKED] = "outer program of the forked",
    [REPORT_LATER] = "child later",           [REPORT_LATER_FORKED] = "child later of the forked",
    [REPORT_AFTER] = "program after",         [REPORT_AFTER_FORKED] = "program after of the forked",
};

#define STATE_NAME_COUNT (sizeof(state_names) / sizeof(state_names[0]))
_Static_assert(STATE_NAME_COUNT == WORDS(struct interleave_state), "each word has its name");

/* The part of a record in which a word lies: which of them, and the place in it. */
static bool is_in(size_t word, size_t offset, size_t size, size_t count, size_t *ret_index, size_t *ret_place)
{
    size_t start = offset / sizeof(uint64_t);
    size_t each = size / sizeof(uint64_t);

    if (word < start || word >= start + each * count)
        return false;
    *ret_index = (word - start) / each;
    *ret_place = (word - start) % each;
    return true;
}

#define IS_IN(word, member, count, index, place)                                                                       \
    is_in(word, offsetof(struct interleave_record, member), sizeof(((struct interleave_record *)NULL)->member[0]),     \
          count, index, place)

static void name_end_word(size_t index, size_t place, char *text, size_t size)
{
    const char *who = index == 0 ? "" : " of the forked";
    size_t after = 2 + INTERLEAVE_THREADS_MAX * STATE_NAME_COUNT;

    if (place < 2)
        (void)snprintf(text, size, "end%s: %s", who, place == 0 ? "done" : "threads");
    else if (place < after)
        (void)snprintf(text, size, "end%s: thread %zu %s", who, (place - 2) / STATE_NAME_COUNT,
                       state_names[(place - 2) % STATE_NAME_COUNT]);
    else
        (void)snprintf(text, size, "end%s: %s", who, end_names[place - after]);
}

static void name_word(size_t word, char *text, size_t size)
{
    size_t index;
    size_t place;

    if (IS_IN(word, outer, INTERLEAVE_STEPS_MAX, &index, &place))
        (void)snprintf(text, size, "outer call %zu: %s", index, result_names[place]);
    else if (IS_IN(word, outer_forked, INTERLEAVE_STEPS_MAX, &index, &place))
        (void)snprintf(text, size, "outer call %zu of the forked: %s", index, result_names[place]);
    else if (is_in(word, offsetof(struct interleave_record, inner), sizeof(struct interleave_result), 1, &index,
                   &place))
        (void)snprintf(text, size, "inner call: %s", result_names[place]);
    else if (IS_IN(word, end, INTERLEAVE_CHAINS, &index, &place))
        name_end_word(index, place, text, size);
    else if (IS_IN(word, report, REPORT_COUNT, &index, &place))
        (void)snprintf(text, size, "%s: %s", report_names[index],
                       place == 0                                     ? "done"
                       : place == WORDS(struct interleave_report) - 1 ? "environment"
                                                                      : state_names[place - 1]);
    else
        (void)snprintf(text, size, "%s",
                       word == offsetof(struct interleave_record, jumped) / sizeof(uint64_t)  ? "jumped"
                       : word == offsetof(struct interleave_record, ended) / sizeof(uint64_t) ? "ended"
                                                                                              : "hung");
}

static uint64_t word_of(const struct interleave_record *record, size_t word)
{
    return ((const uint64_t *)(const void *)record)[word];
}

void interleave_print_record(const struct interleave_record *record)
{
    char name[64];

    for (size_t word = 0; word < COMPARED_WORDS; word++) {
        if (word_of(record, word) == 0)
            continue;
        name_word(word, name, sizeof(name));
        printf("    %-40s %#" PRIx64 "\n", name, word_of(record, word));
    }
}

/* --- what holds always */

static bool keeps_by_itself(const struct interleave_case *the_case)
{
    return the_case->outer == OUTER_KEEPCAPS_SET || the_case->outer == OUTER_KEEPCAPS_CLEAR ||
           the_case->outer == OUTER_KEEPCAPS_SETUID || the_case->inner == INNER_KEEPCAPS_SET;
}

static bool changes_sets(const struct interleave_case *the_case)
{
    return the_case->outer == OUTER_CAPSET || the_case->outer == OUTER_DROPPED_CAPSET ||
           the_case->inner == INNER_CAPSET;
}

/* What of permitted no rule gives to any user of the case. */
static enum interleave_kind judge_state(const struct interleave_case *the_case, const struct interleave_state *state)
{
    const struct interleave_policy *policy = the_case->policy;
    uint64_t mask = interleave_keep_mask(policy, OUTER_UID) | interleave_keep_mask(policy, INNER_UID);
    bool any_root = state->uids[0] == 0 || state->uids[1] == 0 || state->uids[2] == 0;

    if (!any_root && !keeps_by_itself(the_case) && (state->permitted & ~mask) != 0)
        return mask == 0 ? KIND_NO_RULE : KIND_MORE_THAN_RULE;
    if (!any_root && (state->ambient & ~mask) != 0)
        return mask == 0 ? KIND_NO_RULE : KIND_MORE_THAN_RULE;
    if (state->uids[1] == 0 && !changes_sets(the_case) && state->effective != state->permitted)
        return KIND_ROOT_POWERLESS;
    return KIND_HOLDS;
}

/* It is the calling thread's alone, with the C library too, which ends the process where threads differ in a change. */
static bool is_of_one_thread(const struct interleave_case *the_case)
{
    return keeps_by_itself(the_case) || changes_sets(the_case) || the_case->outer == OUTER_BOUNDING_DROP ||
           the_case->outer == OUTER_AMBIENT_CLEAR || the_case->outer == OUTER_SYS_SETRESUID;
}

static void describe_state(const char *who, const struct interleave_state *state, char detail[INTERLEAVE_DETAIL_MAX])
{
    (void)snprintf(
        detail, INTERLEAVE_DETAIL_MAX,
        "%s: uids %" PRIu64 " %" PRIu64 " %" PRIu64 " permitted %#" PRIx64 " effective %#" PRIx64 " ambient %#" PRIx64,
        who, state->uids[0], state->uids[1], state->uids[2], state->permitted, state->effective, state->ambient);
}

static enum interleave_kind judge_end(const struct interleave_case *the_case, const struct interleave_end *end,
                                      char detail[INTERLEAVE_DETAIL_MAX])
{
    for (size_t i = 0; i < end->threads; i++) {
        enum interleave_kind kind = judge_state(the_case, &end->thread[i]);

        describe_state("end", &end->thread[i], detail);
        if (kind != KIND_HOLDS)
            return kind;
        if (!is_of_one_thread(the_case) &&
            memcmp(&end->thread[i], &end->thread[0], offsetof(struct interleave_state, blocked)) != 0)
            return KIND_THREADS_DIFFER;
    }
    return KIND_HOLDS;
}

enum interleave_kind interleave_judge_alone(const struct interleave_case *the_case,
                                            const struct interleave_record *record,
                                            char ret_detail[INTERLEAVE_DETAIL_MAX])
{
    int status = (int)record->ended;

    (void)snprintf(ret_detail, INTERLEAVE_DETAIL_MAX, "status %#x", (unsigned)status);
    if (record->hung != 0)
        return KIND_HANGS;
    for (size_t i = 0; i < INTERLEAVE_CHAINS; i++) {
        enum interleave_kind kind = judge_end(the_case, &record->end[i], ret_detail);
        if (kind != KIND_HOLDS)
            return kind;
    }
    for (size_t i = 0; i < REPORT_COUNT; i++) {
        const struct interleave_report *report = &record->report[i];
        bool is_later = i == REPORT_LATER || i == REPORT_LATER_FORKED; /* what it ends with began at the end */
        enum interleave_kind kind = report->done != 0 && !is_later ? judge_state(the_case, &report->state) : KIND_HOLDS;

        describe_state(report_names[i], &report->state, ret_detail);
        if (kind != KIND_HOLDS)
            return i == REPORT_INNER_CHILD ? KIND_CHILD : kind;
    }
    (void)snprintf(ret_detail, INTERLEAVE_DETAIL_MAX, "status %#x", (unsigned)status);
    return WIFSIGNALED(status) && !(the_case->by_thread && is_of_one_thread(the_case)) ? KIND_KILLED : KIND_HOLDS;
}

/* --- one of the orders */

/*
 * What the judge does not ask for, in a result as in those that are allowed.
 *
 * A handler that does not return takes the outer call's result with it. A child that goes on from a handler has the calls
 * behind it that its parent had. Within system() the C library blocks SIGCHLD.
 *
 * And what no implementation can close, for a handler can always come in the moment between the last that is done for an
 * exec and the execve itself: the environment has been chosen by then, by the uids of before (of the shell that system and
 * popen start in the C library, too); and where K waits for the program, it is raised, so that the handler sees it, jumps away with it, or hands it to a child. (A program that the
 * handler executes has to be without it all the same, but for inheritable, which gives nothing.)
 */
static void allow_for_exec(const struct interleave_case *the_case, struct interleave_record *record)
{
    struct interleave_state *const raised[] = {&record->end[0].thread[0], &record->end[1].thread[0],
                                               &record->report[REPORT_INNER_CHILD].state};

    bool replaces = interleave_outers[the_case->outer].replaces;

    if (!replaces && the_case->outer != OUTER_SYSTEM && the_case->outer != OUTER_POPEN)
        return;
    record->report[REPORT_OUTER_PROGRAM].environment = 0;
    record->report[REPORT_OUTER_PROGRAM_FORKED].environment = 0;
    if (!replaces || !the_case->policy->waits)
        return;
    for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++)
        raised[i]->effective = raised[i]->inheritable = raised[i]->ambient = 0;
    record->report[REPORT_INNER_PROGRAM].state.inheritable = 0;
    memset(&record->report[REPORT_LATER], 0, sizeof(record->report[REPORT_LATER]));
}

/* Makes a result, and those that are allowed, alike in that. */
static void normalise(const struct interleave_case *the_case, struct interleave_record *record)
{
    record->phase = 0;
    if (interleave_leaves_outer(the_case->inner))
        memset(record->outer, 0, sizeof(record->outer));
    if (the_case->outer == OUTER_SYSTEM || the_case->outer == OUTER_ROOT_SYSTEM) {
        record->report[REPORT_INNER_CHILD].state.blocked &= ~(UINT64_C(1) << (SIGCHLD - 1));
        record->report[REPORT_INNER_PROGRAM].state.blocked &= ~(UINT64_C(1) << (SIGCHLD - 1));
    }
    if (WIFSIGNALED((int)record->ended)) { /* where the C library does that, it may be in either call */
        memset(record->outer, 0, sizeof(record->outer));
        memset(&record->inner, 0, sizeof(record->inner));
    }
    /* Of two threads that execute something one is too late, whatever it has begun. */
    if (the_case->by_thread && interleave_outers[the_case->outer].replaces)
        record->inner.done = 0;
    if (the_case->by_thread && the_case->inner == INNER_EXEC)
        memset(&record->inner, 0, sizeof(record->inner));
    for (size_t i = 0; i < INTERLEAVE_STEPS_MAX; i++) {
        if (the_case->inner == INNER_FORK_ON && record->outer_forked[i].done == 0)
            record->outer_forked[i] = record->outer[i];
    }
    allow_for_exec(the_case, record);
}

static size_t count_differences(const struct interleave_record *a, const struct interleave_record *b)
{
    size_t count = 0;

    for (size_t word = 0; word < COMPARED_WORDS; word++)
        count += word_of(a, word) != word_of(b, word);
    return count;
}

static enum interleave_kind kind_of_report(enum interleave_reporter who, const struct interleave_report *got,
                                           const struct interleave_report *allowed)
{
    if (who == REPORT_INNER_CHILD || who == REPORT_LATER || who == REPORT_LATER_FORKED)
        return who == REPORT_INNER_CHILD ? KIND_CHILD : KIND_SETS;
    if ((allowed->state.effective & ~got->state.effective) != 0)
        return KIND_PROGRAM_LESS;
    if (memcmp(&got->state, &allowed->state, offsetof(struct interleave_state, blocked)) != 0)
        return KIND_PROGRAM_OTHER;
    return got->state.blocked != allowed->state.blocked ? KIND_SIGNAL_MASK : KIND_ENVIRON;
}

/* By the first part, the most telling first, in which they differ. */
static enum interleave_kind kind_of(const struct interleave_case *the_case, const struct interleave_record *got,
                                    const struct interleave_record *allowed)
{
    for (int i = 0; i < REPORT_COUNT; i++) {
        bool differs = memcmp(&got->report[i], &allowed->report[i], sizeof(got->report[i])) != 0;
        if (differs && (i <= REPORT_OUTER_PROGRAM_FORKED))
            return kind_of_report((enum interleave_reporter)i, &got->report[i], &allowed->report[i]);
    }
    for (int i = 0; i < INTERLEAVE_CHAINS; i++) {
        const struct interleave_end *end = &got->end[i];
        const struct interleave_end *other = &allowed->end[i];

        if (memcmp(end->thread, other->thread, offsetof(struct interleave_state, blocked)) != 0)
            return KIND_SETS;
        if (end->keepcaps != other->keepcaps || end->securebits != other->securebits)
            return KIND_KEEPCAPS;
        if (end->keepcaps_said != other->keepcaps_said || end->securebits_said != other->securebits_said)
            return KIND_KEEPCAPS_ANSWER;
        if (end->environ_kept != other->environ_kept)
            return KIND_ENVIRON;
        if (memcmp(end->thread, other->thread, sizeof(end->thread)) != 0)
            return KIND_SIGNAL_MASK;
    }
    for (int i = 0; i < REPORT_COUNT; i++) {
        if (memcmp(&got->report[i], &allowed->report[i], sizeof(got->report[i])) != 0)
            return kind_of_report((enum interleave_reporter)i, &got->report[i], &allowed->report[i]);
    }
    return the_case->inner == INNER_KEEPCAPS_GET && got->inner.value != allowed->inner.value ? KIND_KEEPCAPS_ANSWER
                                                                                             : KIND_RESULT;
}

static void describe_differences(const struct interleave_record *got, const struct interleave_record *allowed,
                                 char detail[INTERLEAVE_DETAIL_MAX])
{
    size_t length = 0;
    char name[64];

    detail[0] = '\0';
    for (size_t word = 0; word < COMPARED_WORDS && length < INTERLEAVE_DETAIL_MAX; word++) {
        if (word_of(got, word) == word_of(allowed, word))
            continue;
        name_word(word, name, sizeof(name));
        length +=
            (size_t)snprintf(detail + length, INTERLEAVE_DETAIL_MAX - length, "%s%s is %#" PRIx64 ", not %#" PRIx64,
                             length > 0 ? "; " : "", name, word_of(got, word), word_of(allowed, word));
    }
}

/*
 * A thread that executes something while another one changes its uid may be sent the C library's own signal, which then
 * finds the new program without a handler. So it is without a library: nobody can take a signal back.
 */
static bool is_ended_by_libc_signal(const struct interleave_case *the_case, const struct interleave_record *record)
{
    bool executes = interleave_outers[the_case->outer].replaces || the_case->inner == INNER_EXEC;

    return the_case->by_thread && executes && WIFSIGNALED((int)record->ended) &&
           WTERMSIG((int)record->ended) == SIGRTMIN - 1;
}

enum interleave_kind interleave_judge(const struct interleave_case *the_case, const struct interleave_record *record,
                                      const struct interleave_record *orders, size_t count,
                                      char ret_detail[INTERLEAVE_DETAIL_MAX])
{
    enum interleave_kind kind = interleave_judge_alone(the_case, record, ret_detail);
    struct interleave_record got = *record;
    struct interleave_record nearest = {.phase = 0};
    size_t least = SIZE_MAX;

    if (kind == KIND_KILLED && is_ended_by_libc_signal(the_case, record))
        return KIND_HOLDS;
    if (kind != KIND_HOLDS)
        return kind;
    normalise(the_case, &got);
    for (size_t i = 0; i < count; i++) {
        struct interleave_record allowed = orders[i];

        normalise(the_case, &allowed);
        size_t differences = count_differences(&got, &allowed);
        if (differences < least) {
            least = differences;
            nearest = allowed;
        }
    }
    if (least == 0)
        return KIND_HOLDS;
    describe_differences(&got, &nearest, ret_detail);
    return kind_of(the_case, &got, &nearest);
}
