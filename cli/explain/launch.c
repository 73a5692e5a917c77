/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch.h"

#include <string.h>

#include "../../model/uid_change.h"
#include "../../shim/core/exec_ids.h"
#include "../../shim/hot/change.h"
#include "../../shim/hot/exec.h"
#include "model_caller.h"

/* --- the way of one launch */

struct work {
    const struct ck_launch *launch;
    struct ck_prediction *prediction;
    struct ck_thread thread;  /* as far as it has come */
    struct ck_thread at_exec; /* just before the program's exec */
    struct ck_losses changed; /* at the change of user, where nothing is kept */
    struct ck_losses started; /* at the two execs */
};

static bool end(struct work *work, enum ck_launch_end how, int result)
{
    work->prediction->end = how;
    work->prediction->error = -result;
    return false;
}

static void add_losses(struct ck_losses *sum, const struct ck_losses *more)
{
    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        sum->by_rule[rule].permitted |= more->by_rule[rule].permitted;
        sum->by_rule[rule].effective |= more->by_rule[rule].effective;
        sum->by_rule[rule].inheritable |= more->by_rule[rule].inheritable;
        sum->by_rule[rule].ambient |= more->by_rule[rule].ambient;
    }
}

static int run_exec(struct work *work, const struct ck_file *file, bool *ret_secure)
{
    struct ck_outcome outcome;
    int result = ck_exec_call(work->launch->kernel, &work->thread, file, &outcome, ret_secure);

    if (result < 0)
        return result;
    add_losses(&work->started, &outcome.losses);
    work->thread = outcome.after;
    return 0;
}

static bool start_launcher(struct work *work)
{
    static const struct ck_file plain;
    const struct ck_launch *launch = work->launch;
    bool secure;
    int result = run_exec(work, launch->launcher != NULL ? launch->launcher : &plain, &secure);

    if (result < 0)
        return end(work, CK_LAUNCH_NO_LAUNCHER, result);
    work->prediction->launcher = work->thread;
    return true;
}

/* As the library's constructor (cold/init.c): one that starts without a uid 0 is past its drop. */
static bool is_armed(const struct work *work)
{
    const struct ck_thread *launcher = &work->prediction->launcher;

    return work->launch->is_served && (launcher->uids.real == 0 || launcher->uids.effective == 0) &&
           launcher->caps.permitted != 0 && work->launch->policy->rule_count > 0;
}

static void take_groups(struct work *work)
{
    const struct ck_account *account = work->launch->account;
    struct ck_thread *thread = &work->thread;

    if (!account->has_groups)
        return;
    thread->gids = (struct ck_gids){account->gid, account->gid, account->gid};
    thread->fsgid = account->gid;
    thread->groups = account->groups;
    thread->group_count = account->group_count;
}

static int change_uid(const struct work *work, const struct ck_thread *before, struct ck_outcome *ret_outcome)
{
    uid_t uid = work->launch->account->uid;

    return ck_uid_change_setresuid(work->launch->kernel, before, &(struct ck_uids){uid, uid, uid}, ret_outcome);
}

/* As the library does it around the call in a launcher. */
static void keep_through_change(struct work *work)
{
    const struct ck_launch *launch = work->launch;
    struct ck_launch_act *act = &work->prediction->change;
    struct ck_model_caller model = ck_model_caller_new(launch->kernel, &work->thread, &act->made);
    struct ck_outcome outcome;
    struct ck_change change;
    struct ck_uids after;
    struct ck_keep keep;

    ck_change_begin(&model.caller, &change);
    if (change_uid(work, &work->thread, &outcome) == 0)
        work->thread = outcome.after;
    act->is_done = ck_change_end(&change, launch->policy, NULL, launch->kernel->last_cap, &after, &keep, &act->verdict);
}

static bool change_user(struct work *work)
{
    struct ck_outcome outcome;

    take_groups(work);
    int result = change_uid(work, &work->thread, &outcome);
    if (result < 0)
        return end(work, CK_LAUNCH_NO_CHANGE, result);
    work->changed = outcome.losses;
    if (is_armed(work))
        keep_through_change(work);
    else
        work->thread = outcome.after;
    return true;
}

/* The kernel takes credentials from the last interpreter of a script. */
static const struct ck_file *last_file(const struct ck_file *file)
{
    while (file->interpreter != NULL)
        file = file->interpreter;
    return file;
}

void ck_launch_see(const struct ck_kernel *kernel, const struct ck_thread *thread, const struct ck_file *file,
                   struct ck_file_facts *facts)
{
    const struct ck_file *last = last_file(file);
    bool is_honoured = !thread->no_new_privs && !last->nosuid;
    bool is_setuid = is_honoured && (last->mode & S_ISUID) != 0;
    bool is_setgid = is_honoured && (last->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
    struct ck_exec_ids ids = {
        .uids = thread->uids,
        .gids = thread->gids,
        .euid = is_setuid ? last->uid : thread->uids.effective,
        .egid = is_setgid ? last->gid : thread->gids.effective,
    };

    ids.is_member = ids.egid == thread->fsgid;
    for (unsigned i = 0; i < thread->group_count; i++)
        ids.is_member |= thread->groups[i] == ids.egid;
    bool changes = ck_exec_ids_change(&ids, kernel->exec_by_effective);
    bool is_own = ids.euid == thread->uids.effective && ids.egid == thread->gids.effective;
    facts->has_file_caps = last->caps != NULL && !last->nosuid;
    facts->is_set_id = changes && !is_own;
    facts->ids_differ = changes && is_own;
    facts->is_secure =
        ck_exec_ids_are_secure(&ids, kernel->exec_by_effective) || (facts->has_file_caps && thread->uids.real != 0);
}

/* The library at the exec. Returns whether it lets the exec be done. */
static bool prepare_exec(struct work *work, const struct ck_keep *keep)
{
    const struct ck_launch *launch = work->launch;
    struct ck_launch_act *act = &work->prediction->exec;
    struct ck_model_caller model = ck_model_caller_new(launch->kernel, &work->thread, &act->made);
    struct ck_file_facts facts = *launch->facts;
    struct ck_exec_facts exec = {.file = &facts, .last_cap = launch->kernel->last_cap};
    struct ck_exec_undo undo;

    ck_launch_see(launch->kernel, &work->thread, launch->file, &facts);
    exec.takes_library = ck_reach_of(&facts, false, false) == CK_REACH_YES;
    act->is_done = true;
    int result = ck_exec_prepare(&model.caller, keep, &exec, &undo, &act->verdict);
    return result == 0 || end(work, CK_LAUNCH_REFUSED, result);
}

/* Descendants=no: the constructor in the program. */
static void lower_inherited(struct work *work)
{
    uint64_t lower_mask = work->prediction->exec.verdict.lower_mask;

    /* What leaves inheritable leaves ambient as well (cap_capset). */
    work->thread.caps.inheritable &= ~lower_mask;
    work->thread.caps.ambient &= ~lower_mask;
}

static bool start_program(struct work *work, const struct ck_keep *keep)
{
    const struct ck_uids *uids = &work->thread.uids;

    if (is_armed(work) && keep->rule != CK_NO_RULE && uids->real != 0 && uids->effective != 0 &&
        !prepare_exec(work, keep))
        return false;
    work->at_exec = work->thread;
    int result = run_exec(work, work->launch->file, &work->prediction->is_secure);
    if (result < 0)
        return end(work, CK_LAUNCH_NO_EXEC, result);
    lower_inherited(work);
    return true;
}

/* --- why something is missing */

static void find_wanted(const struct work *work, const struct ck_keep *keep)
{
    const struct ck_policy *policy = work->launch->policy;
    struct ck_prediction *prediction = work->prediction;

    prediction->is_matched = (keep->ambient_mask | keep->inheritable_mask) != 0;
    prediction->want_mask = keep->ambient_mask;
    prediction->want_inheritable_mask = keep->inheritable_mask;
    if (policy->rule_count == 0)
        prediction->want_mask = prediction->launcher.caps.permitted;
    for (uint32_t i = 0; i < policy->rule_count && !prediction->is_matched; i++) {
        prediction->want_mask |= policy->rules[i].ambient_mask;
        prediction->want_inheritable_mask |= policy->rules[i].inheritable_mask;
    }
}

/* What the program has; nothing where it does not start. */
static struct ck_capset sets_of_program(const struct work *work)
{
    return work->prediction->end == CK_LAUNCH_STARTED ? work->thread.caps : (struct ck_capset){0};
}

/* The sets of the program in which these are not. */
static struct ck_capset sets_without(const struct work *work, uint64_t mask)
{
    const struct ck_capset caps = sets_of_program(work);

    return (struct ck_capset){
        .permitted = mask & ~caps.permitted, .effective = mask & ~caps.effective, .ambient = mask & ~caps.ambient};
}

static void blame(struct work *work, unsigned why, const struct ck_capset *sets)
{
    struct ck_capset *place = &work->prediction->lost[why];

    place->permitted |= sets->permitted;
    place->effective |= sets->effective;
    place->inheritable |= sets->inheritable;
    place->ambient |= sets->ambient;
}

/* Where it is the kernel that takes it, its rule is the answer. */
static unsigned why_of(enum ck_reason reason)
{
    if (reason == CK_LOST_FILE_CAPS)
        return ck_why_rule(CK_RULE_EXEC_FILE_CAPS);
    if (reason == CK_LOST_IDS_DIFFER)
        return ck_why_rule(CK_RULE_EXEC_IDS_DIFFER);
    return reason == CK_LOST_SET_ID ? ck_why_rule(CK_RULE_EXEC_SETID) : ck_why_reason(reason);
}

static uint64_t explain_by_verdict(struct work *work, const struct ck_verdict *verdict, uint64_t open_mask)
{
    for (int reason = 0; reason < CK_REASON_COUNT; reason++) {
        uint64_t mask = verdict->lost[reason] & open_mask;
        struct ck_capset sets = sets_without(work, mask);

        blame(work, why_of((enum ck_reason)reason), &sets);
        open_mask &= ~mask;
    }
    return open_mask;
}

/* What was in a set and left it. Each such capability is answered for. */
static uint64_t explain_by_losses(struct work *work, const struct ck_losses *losses, uint64_t open_mask)
{
    uint64_t explained_mask = 0;

    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        const struct ck_capset *lost = &losses->by_rule[rule];
        const struct ck_capset open = {.permitted = lost->permitted & open_mask,
                                       .effective = lost->effective & open_mask,
                                       .ambient = lost->ambient & open_mask};

        blame(work, ck_why_rule((enum ck_kernel_rule)rule), &open);
        explained_mask |= open.permitted | open.effective | open.ambient;
    }
    return open_mask & ~explained_mask;
}

/* What never was in one: what the program's file, or uid 0, could have given. */
static void explain_by_exec(struct work *work, uint64_t open_mask)
{
    const struct ck_prediction *prediction = work->prediction;
    struct ck_losses losses = {0};

    if (prediction->end == CK_LAUNCH_STARTED || prediction->end == CK_LAUNCH_NO_EXEC)
        (void)ck_exec_explain(work->launch->kernel, &work->at_exec, work->launch->file, open_mask,
                              &losses); /* of a file that is no file to the kernel nothing is explained */
    for (int rule = 0; rule < CK_RULE_COUNT; rule++)
        blame(work, ck_why_rule((enum ck_kernel_rule)rule), &losses.by_rule[rule]);
}

static void explain_missing(struct work *work)
{
    struct ck_prediction *prediction = work->prediction;
    const struct ck_capset caps = sets_of_program(work);
    uint64_t open_mask;

    prediction->missing_mask = prediction->want_mask & ~caps.effective;
    prediction->missing_inheritable_mask = prediction->want_inheritable_mask & ~caps.inheritable;
    /* What was not to be had at the change is not permitted any more at the exec. */
    open_mask = explain_by_verdict(work, &prediction->change.verdict, prediction->missing_mask);
    open_mask = explain_by_verdict(work, &prediction->exec.verdict, open_mask);
    /* What the library has kept through the change of user, be it for another program, was lost at the exec. */
    if (prediction->change.is_done)
        open_mask = explain_by_losses(work, &work->started, open_mask);
    open_mask = explain_by_losses(work, &work->changed, open_mask);
    open_mask = explain_by_losses(work, &work->started, open_mask);
    explain_by_exec(work, open_mask);
}

/*
 * What is asked for in inheritable alone is got where cap_capset allows it. Without the library nobody makes it so before
 * the change of user takes it out of permitted.
 */
static void explain_inheritable(struct work *work)
{
    struct ck_prediction *prediction = work->prediction;
    uint64_t permitted = prediction->launcher.caps.permitted;
    uint64_t mask = prediction->missing_inheritable_mask;

    if (prediction->end != CK_LAUNCH_STARTED)
        return;
    prediction->lost[ck_why_reason(CK_LOST_NOT_PERMITTED)].inheritable = mask & ~permitted;
    prediction->lost[prediction->change.is_done ? ck_why_reason(CK_LOST_NOT_BOUNDING) : ck_why_rule(CK_RULE_UID_CHANGE)]
        .inheritable = mask & permitted;
}

void ck_launch_predict(const struct ck_launch *launch, struct ck_prediction *ret_prediction)
{
    struct work work = {.launch = launch, .prediction = ret_prediction, .thread = *launch->from};
    struct ck_keep keep;

    memset(ret_prediction, 0, sizeof(*ret_prediction));
    ck_match_exec(launch->policy, launch->account->uid, launch->program, &keep);
    if (start_launcher(&work) && change_user(&work))
        (void)start_program(&work, &keep); /* how it ended stands in the prediction */
    ret_prediction->after = work.thread;
    ret_prediction->is_unhardened =
        ret_prediction->change.verdict.unhardened || ret_prediction->exec.verdict.unhardened;
    ret_prediction->needs_setpcap =
        ret_prediction->change.verdict.needs_setpcap || ret_prediction->exec.verdict.needs_setpcap;
    find_wanted(&work, &keep);
    explain_missing(&work);
    explain_inheritable(&work);
}
