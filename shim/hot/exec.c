/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec.h"

#include <errno.h>
#include <sys/prctl.h>

#include "apply.h"
#include "creds_read.h"

bool ck_exec_take_back(const struct ck_caller *caller, struct ck_exec_undo *undo)
{
    uint64_t changed_mask =
        (undo->before.inheritable ^ undo->prepared.inheritable) | (undo->before.ambient ^ undo->prepared.ambient);
    struct ck_creds now;
    struct ck_goal goal;
    struct ck_refused refused;

    if (changed_mask == 0)
        return true;
    if (ck_creds_read(caller, changed_mask, &now) < 0) {
        now = (struct ck_creds){.caps = undo->prepared};
        now.caps.bounding = UINT64_MAX;
    }
    bool is_whole = ck_decide_undo(&undo->before, &undo->prepared, &now, &goal);
    undo->prepared = undo->before;
    return ck_apply(caller, &now.caps, &goal, &refused) == 0 && is_whole;
}

/* What of `mask` is ambient. What cannot be told is taken not to be, and noted where it should not be. */
static uint64_t read_ambient(const struct ck_caller *caller, uint64_t mask, uint64_t other_mask,
                             struct ck_verdict *noted)
{
    uint64_t ambient_mask = 0;

    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        int result = ck_call_prctl(caller, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap);

        if (result == 1)
            ambient_mask |= ck_cap_bit(cap);
        noted->unnarrowed |= result < 0 && (other_mask & ck_cap_bit(cap)) != 0;
    }
    return ambient_mask;
}

/* Whether the exec must not go on: known before anything is done that cannot be undone. */
static bool is_refused(const struct ck_keep *keep, const struct ck_exec_facts *exec, const struct ck_verdict *verdict)
{
    return (keep->refuse_mask & ~verdict->kept_mask) != 0 || (exec->file->is_unseen && keep->awaited_mask != 0);
}

/* Without capset, or blind. */
static void prepare_as_is(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_exec_facts *exec,
                          enum ck_reason reason, struct ck_exec_undo *ret_undo, struct ck_verdict *ret_verdict)
{
    struct ck_verdict noted = {0};
    struct ck_goal goal;
    struct ck_refused refused;
    uint64_t ambient_mask = read_ambient(caller, keep->ambient_mask | keep->other_mask, keep->other_mask, &noted);

    ck_decide_exec_as_is(keep, ambient_mask, exec, reason, &goal, ret_verdict);
    *ret_undo = (struct ck_exec_undo){.before = goal.caps, .prepared = goal.caps};
    ret_undo->before.ambient = ambient_mask;
    noted.unnarrowed |= ck_apply(caller, &ret_undo->before, &goal, &refused) < 0;
    ck_verdict_merge(ret_verdict, &noted);
}

/*
 * Whether the bounding set and no_new_privs are what the rules ask for. A launcher that keeps permitted by itself still
 * has what the change of uid would not keep without them.
 */
static bool is_hardened(const struct ck_caller *caller, const struct ck_keep *keep, unsigned last_cap)
{
    return ck_creds_is_bound(caller, keep->bounding_mask, last_cap) &&
           (!keep->no_new_privs || ck_call_prctl(caller, PR_GET_NO_NEW_PRIVS, 0, 0) == 1);
}

/* All that this program is to have is ambient, there is nothing to lower, and the kernel will leave it alone. */
static bool is_prepared(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_exec_facts *exec)
{
    struct ck_verdict ignored = {0};
    bool is_plain = keep->other_mask == 0 && keep->inheritable_mask == 0 && keep->later_mask == 0 &&
                    keep->inherited_mask == keep->ambient_mask && !ck_exec_clears_ambient(exec) &&
                    !exec->file->is_unseen;

    return is_plain && read_ambient(caller, keep->ambient_mask, 0, &ignored) == keep->ambient_mask;
}

/* Decides and applies until the kernel refuses nothing any more, or the exec is not to be. */
static void prepare(const struct ck_caller *caller, struct ck_keep *left, const struct ck_keep *keep,
                    const struct ck_exec_facts *exec, struct ck_exec_undo *ret_undo, struct ck_verdict *noted,
                    struct ck_verdict *ret_verdict)
{
    struct ck_refused refused;
    struct ck_goal goal;
    struct ck_creds now;

    for (;;) {
        if (ck_creds_read(caller, left->keep_mask | left->inheritable_mask | left->other_mask, &now) < 0) {
            prepare_as_is(caller, left, exec, CK_LOST_UNREADABLE, ret_undo, ret_verdict);
            return;
        }
        if (exec->once && !ck_creds_may_drop(&now) && ck_creds_is_bound(caller, left->bounding_mask, exec->last_cap))
            left->bounding_mask = UINT64_MAX; /* as in hot/change */
        ck_decide_exec(left, &now, exec, &goal, ret_verdict);
        if (is_refused(keep, exec, ret_verdict))
            return;
        *ret_undo = (struct ck_exec_undo){.before = now.caps, .prepared = goal.caps};
        if (ck_apply(caller, &now.caps, &goal, &refused) == 0)
            return;
        noted->unnarrowed |= !ck_exec_take_back(caller, ret_undo);
        if (refused.part == CK_PART_SETS || !ck_decide_without(&refused, left, noted)) {
            prepare_as_is(caller, left, exec, CK_LOST_CAPSET, ret_undo, ret_verdict);
            return;
        }
    }
}

int ck_exec_prepare(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_exec_facts *exec,
                    struct ck_exec_undo *ret_undo, struct ck_verdict *ret_verdict)
{
    struct ck_keep left = *keep;
    struct ck_verdict noted = {0};

    *ret_undo = (struct ck_exec_undo){0};
    if (!exec->once && keep->refuse_mask != 0 && !is_hardened(caller, keep, exec->last_cap)) {
        noted.unhardened = true;
        noted.lost[CK_LOST_HARDENING] = keep->refuse_mask;
        left.ambient_mask &= ~keep->refuse_mask;
    } else if (!exec->once && is_prepared(caller, keep, exec)) {
        *ret_verdict = (struct ck_verdict){.kept_mask = keep->ambient_mask};
        return 0;
    }
    prepare(caller, &left, keep, exec, ret_undo, &noted, ret_verdict);
    if (exec->file->is_unseen)
        noted.lost[CK_LOST_UNSEEN] = keep->other_mask;
    ck_verdict_merge(ret_verdict, &noted);
    if (!is_refused(keep, exec, ret_verdict))
        return 0;
    ret_verdict->unnarrowed |= !ck_exec_take_back(caller, ret_undo);
    return -EPERM;
}
