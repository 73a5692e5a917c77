/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_model.h"

#include <errno.h>
#include <sys/prctl.h>

#include "../../model/capset_call.h"
#include "../../model/exec.h"
#include "../../model/prctl.h"
#include "../../model/uid_change.h"
#include "../../model/userns.h"
#include "compare_files.h"
#include "compare_userns.h"

/* What a thread is told where an id is not mapped (/proc/sys/kernel/overflowuid). */
#define OVERFLOW_ID 65534

static uint64_t seen_as(const struct ck_id_map *map, uint32_t id)
{
    uint32_t inside = ck_id_map_to_inside(map, id);

    return inside == CK_ID_NONE ? OVERFLOW_ID : inside;
}

/* As the thread itself reports it. */
static struct compare_state to_state(const struct ck_thread *thread)
{
    const struct ck_id_map *uids = &thread->userns->uids;
    const struct ck_id_map *gids = &thread->userns->gids;

    return (struct compare_state){
        .uids = {seen_as(uids, thread->uids.real), seen_as(uids, thread->uids.effective),
                 seen_as(uids, thread->uids.saved), seen_as(uids, thread->fsuid)},
        .gids = {seen_as(gids, thread->gids.real), seen_as(gids, thread->gids.effective),
                 seen_as(gids, thread->gids.saved), seen_as(gids, thread->fsgid)},
        .permitted = thread->caps.permitted,
        .effective = thread->caps.effective,
        .inheritable = thread->caps.inheritable,
        .ambient = thread->caps.ambient,
        .bounding = thread->caps.bounding,
        .securebits = thread->securebits,
        .no_new_privs = thread->no_new_privs,
    };
}

static struct ck_thread to_thread(const struct compare_case *the_case, gid_t groups[3])
{
    const struct compare_state *state = &the_case->state;

    for (uint64_t i = 0; i < the_case->groups[0]; i++)
        groups[i] = (gid_t)the_case->groups[1 + i];
    return (struct ck_thread){
        .uids = {(uid_t)state->uids[0], (uid_t)state->uids[1], (uid_t)state->uids[2]},
        .fsuid = (uid_t)state->uids[3],
        .gids = {(gid_t)state->gids[0], (gid_t)state->gids[1], (gid_t)state->gids[2]},
        .fsgid = (gid_t)state->gids[3],
        .groups = groups,
        .group_count = (unsigned)the_case->groups[0],
        .caps = {.permitted = state->permitted,
                 .effective = state->effective,
                 .inheritable = state->inheritable,
                 .ambient = state->ambient,
                 .bounding = state->bounding},
        .securebits = (uint32_t)state->securebits,
        .no_new_privs = state->no_new_privs != 0,
        .userns = &compare_userns[the_case->userns],
        .threaded = the_case->threaded != 0,
        .shares_fs = the_case->shares_fs != 0,
        .chrooted = the_case->chrooted != 0,
        .traced = the_case->traced == TRACED_BY_INCAPABLE,
    };
}

/* --- losses */

struct ledger {
    struct compare_expectation *expectation;
    uint64_t noted_mask; /* of one set */
};

static void note(struct ledger *ledger, enum ck_kernel_rule rule, uint64_t mask)
{
    if (mask == 0)
        return;
    ledger->expectation->met[rule] = true;
    if ((ledger->noted_mask & mask) != 0)
        ledger->expectation->contradiction = "a capability is lost by two rules";
    ledger->noted_mask |= mask;
}

static void balance(struct ledger *ledger, uint64_t lost_mask)
{
    if (ledger->noted_mask != lost_mask)
        ledger->expectation->contradiction = "what was lost and what the rules removed differ";
    ledger->noted_mask = 0;
}

/* Each capability that left a set stands in that set of exactly one rule. */
static void check_losses(const struct ck_capset *before, const struct ck_outcome *outcome,
                         struct compare_expectation *expectation)
{
    const size_t sets[] = {offsetof(struct ck_capset, permitted), offsetof(struct ck_capset, effective),
                           offsetof(struct ck_capset, inheritable), offsetof(struct ck_capset, ambient),
                           offsetof(struct ck_capset, bounding)};
    struct ledger ledger = {.expectation = expectation};

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
#define SET_OF(capset) (*(const uint64_t *)(const void *)((const char *)(capset) + sets[i]))
        for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++)
            note(&ledger, rule, SET_OF(&outcome->losses.by_rule[rule]));
        balance(&ledger, SET_OF(before) & ~SET_OF(&outcome->after.caps));
#undef SET_OF
    }
}

/* --- calls */

static int run_uid_call(const struct compare_limits *limits, const struct compare_case *the_case,
                        const struct ck_thread *before, struct ck_outcome *outcome)
{
    uid_t ids[3] = {(uid_t)the_case->args[0], (uid_t)the_case->args[1], (uid_t)the_case->args[2]};

    switch (the_case->call) {
    case CALL_SETUID:
        return ck_uid_change_setuid(before, ids[0], outcome);
    case CALL_SETREUID:
        return ck_uid_change_setreuid(before, ids[0], ids[1], outcome);
    case CALL_SETRESUID:
        return ck_uid_change_setresuid(&limits->kernel, before, &(struct ck_uids){ids[0], ids[1], ids[2]}, outcome);
    default:
        ck_uid_change_setfsuid(before, ids[0], outcome);
        return (int)seen_as(&before->userns->uids, before->fsuid);
    }
}

static int run_prctl(const struct compare_limits *limits, const struct compare_case *the_case,
                     const struct ck_thread *before, struct compare_expectation *expectation,
                     struct ck_outcome *outcome)
{
    const unsigned long args[4] = {(unsigned long)the_case->args[1], (unsigned long)the_case->args[2],
                                   (unsigned long)the_case->args[3], (unsigned long)the_case->args[4]};
    int result = ck_prctl_call(&limits->kernel, before, (int)the_case->args[0], args, outcome);
    enum ck_kernel_rule rule;

    if (the_case->args[0] == PR_CAP_AMBIENT && args[0] == PR_CAP_AMBIENT_RAISE && result == -EPERM &&
        ck_prctl_refuses_raise(before, (unsigned)args[1], &rule))
        expectation->met[rule] = true;
    return result;
}

/* The reasons add up to all that the program is not permitted, and to what is not effective of the rest. */
static void check_reasons(const struct compare_limits *limits, const struct ck_thread *before,
                          const struct ck_file *file, const struct ck_outcome *outcome,
                          struct compare_expectation *expectation)
{
    struct ledger ledger = {.expectation = expectation};
    struct ck_losses reasons;

    if (ck_exec_explain(&limits->kernel, before, file, UINT64_MAX, &reasons) < 0)
        expectation->contradiction = "no reasons for an exec that succeeds";
    for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++)
        note(&ledger, rule, reasons.by_rule[rule].permitted);
    balance(&ledger, ~outcome->after.caps.permitted);
    for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++)
        note(&ledger, rule, reasons.by_rule[rule].effective);
    balance(&ledger, outcome->after.caps.permitted & ~outcome->after.caps.effective);
}

static int run_exec(const struct compare_limits *limits, const struct compare_case *the_case,
                    const struct ck_thread *before, struct compare_expectation *expectation, struct ck_outcome *outcome)
{
    struct ck_file files[2];
    bool secure = false;
    const struct ck_file *file = compare_files_facts(the_case, files);
    int result = ck_exec_call(&limits->kernel, before, file, outcome, &secure);

    if (result == 0)
        check_reasons(limits, before, file, outcome, expectation);
    expectation->report.secure = secure;
    return result;
}

static int run_call(const struct compare_limits *limits, const struct compare_case *the_case,
                    const struct ck_thread *before, struct compare_expectation *expectation,
                    struct ck_userns *new_userns, struct ck_outcome *outcome)
{
    const uint64_t *args = the_case->args;

    switch (the_case->call) {
    case CALL_CAPSET:
        return ck_capset_call(&limits->kernel, before,
                              &(struct ck_capset){.permitted = args[0], .effective = args[1], .inheritable = args[2]},
                              outcome);
    case CALL_PRCTL:
        return run_prctl(limits, the_case, before, expectation, outcome);
    case CALL_EXECVE:
        return run_exec(limits, the_case, before, expectation, outcome);
    case CALL_UNSHARE:
        return ck_userns_unshare(&limits->kernel, before, new_userns, outcome);
    case CALL_SETNS:
        return ck_userns_setns(&limits->kernel, before, &compare_userns[args[0]], outcome);
    default:
        return run_uid_call(limits, the_case, before, outcome);
    }
}

void compare_model_run(const struct compare_limits *limits, const struct compare_case *the_case,
                       struct compare_expectation *ret_expectation)
{
    gid_t groups[3];
    struct ck_userns new_userns;
    struct ck_thread before = to_thread(the_case, groups);
    struct ck_outcome outcome = {.after = before};

    *ret_expectation = (struct compare_expectation){.report = {.done = 1, .before = to_state(&before)}};
    int result = run_call(limits, the_case, &before, ret_expectation, &new_userns, &outcome);
    ret_expectation->report.result = result;
    ret_expectation->report.after = to_state(&outcome.after);
    check_losses(&before.caps, &outcome, ret_expectation);
}
