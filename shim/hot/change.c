/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "change.h"

#include <errno.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "apply.h"
#include "creds_read.h"

void ck_change_look(const struct ck_caller *caller, struct ck_change *ret_change)
{
    struct ck_creds *before = &ret_change->before;

    *ret_change = (struct ck_change){.caller = caller};
    if (ck_creds_read(caller, 0, before) == 0) {
        ret_change->possible = ck_uids_any_root(&before->uids) && before->caps.permitted != 0;
        return;
    }
    ck_creds_read_uids(caller, &before->uids);
    ret_change->possible = ck_uids_any_root(&before->uids);
    ck_change_give_up(ret_change, CK_LOST_UNREADABLE);
}

/* What could not be undone or narrowed afterwards is not begun: both are tried beforehand. */
void ck_change_keep(struct ck_change *change)
{
    if (!change->possible || change->given_up || (change->before.securebits & CK_LAUNCHER_KEEPS_BITS) != 0)
        return;
    change->no_capset = !ck_call_capset_is_allowed(change->caller);
    if (!change->no_capset && ck_call_prctl(change->caller, PR_SET_KEEPCAPS, 0, 0) == 0)
        change->set_keep_caps = ck_call_prctl(change->caller, PR_SET_KEEPCAPS, 1, 0) == 0;
}

void ck_change_give_up(struct ck_change *change, enum ck_reason reason)
{
    change->given_up = true;
    change->reason = reason;
}

void ck_change_begin(const struct ck_caller *caller, struct ck_change *ret_change)
{
    ck_change_look(caller, ret_change);
    ck_change_keep(ret_change);
}

/*
 * The thread as the change has left it, without any uid 0, by the kernel's rules where SECBIT_KEEP_CAPS was ours: effective
 * is cleared if the effective uid was 0, and ambient (cap_emulate_setxuid). What is in the bounding set a capset will tell, but for what
 * is to wait in permitted: `waiting_mask` is asked for.
 */
static void predict_changed(const struct ck_change *change, const struct ck_uids *after, uint64_t waiting_mask,
                            struct ck_creds *ret_now)
{
    *ret_now = change->before;
    ret_now->uids = *after;
    ret_now->caps.ambient = 0;
    ret_now->caps.bounding = UINT64_MAX;
    if (change->before.uids.effective == 0)
        ret_now->caps.effective = 0;
    while (waiting_mask != 0) {
        unsigned cap = ck_cap_take_lowest(&waiting_mask);
        if (ck_call_prctl(change->caller, PR_CAPBSET_READ, cap, 0) == 0)
            ret_now->caps.bounding &= ~ck_cap_bit(cap);
    }
}

/* Blind, the prediction will do where permitted was to stay: it is narrowed now. Where it was not, nothing is known. */
static int read_changed(const struct ck_keep *keep, const struct ck_change *change, const struct ck_uids *after,
                        struct ck_creds *ret_now)
{
    int result = ck_creds_read(change->caller, keep->keep_mask | keep->inheritable_mask, ret_now);

    if (result == 0 || !change->set_keep_caps)
        return result;
    predict_changed(change, after, 0, ret_now);
    return 0;
}

/*
 * Decides and applies until the kernel refuses nothing any more; each round does without one thing that it refused. The
 * first does not ask the kernel what it can know: nearly always it is the last as well.
 */
static void settle(const struct ck_keep *keep, const struct ck_change *change, const struct ck_uids *after,
                   unsigned last_cap, struct ck_verdict *ret_verdict)
{
    struct ck_keep left = *keep;
    struct ck_verdict noted = {0};
    struct ck_goal goal;
    struct ck_refused refused;
    struct ck_creds now;
    uint64_t inheritable_mask = UINT64_MAX;
    bool is_known = change->set_keep_caps;
    bool again;
    int result;

    do {
        if (is_known)
            predict_changed(change, after, left.keep_mask & ~left.ambient_mask, &now);
        else if (read_changed(&left, change, after, &now) < 0) {
            ck_decide_nothing(keep, CK_LOST_UNREADABLE, ret_verdict);
            return;
        }
        /* Where there is nothing to drop, it does not take CAP_SETPCAP either. */
        if (!ck_creds_may_drop(&now) && ck_creds_is_bound(change->caller, left.bounding_mask, last_cap))
            left.bounding_mask = UINT64_MAX;
        ck_decide_change(&left, &change->before, &now, last_cap, &goal, ret_verdict);
        /* What an earlier round made inheritable for nothing goes again; what was so before the first stays. */
        goal.caps.inheritable &= inheritable_mask | left.keep_mask | left.inheritable_mask;
        inheritable_mask &= now.caps.inheritable;
        result = ck_apply(change->caller, &now.caps, &goal, &refused);
        again = result < 0 && (is_known || ck_decide_without(&refused, &left, &noted));
        is_known = false;
    } while (again);
    ck_verdict_merge(ret_verdict, &noted);
    if (change->no_capset) {
        ret_verdict->lost[CK_LOST_CAPSET] |= ret_verdict->lost[CK_LOST_KEEP_CAPS];
        ret_verdict->lost[CK_LOST_KEEP_CAPS] = 0;
    }
    /* Where even a capset that keeps nothing is refused, permitted is as it was. */
    ret_verdict->unnarrowed |= result < 0 && change->set_keep_caps && refused.part == CK_PART_SETS;
}

bool ck_change_end(const struct ck_change *change, const struct ck_policy *policy, const struct ck_rule_set *running,
                   unsigned last_cap, struct ck_uids *ret_after, struct ck_keep *ret_keep,
                   struct ck_verdict *ret_verdict)
{
    *ret_verdict = (struct ck_verdict){0};
    ret_keep->rule = CK_NO_RULE;
    if (!change->possible)
        return false;
    /* First of all: whatever changes a uid from here on is the kernel's to narrow again. */
    bool is_back = !change->set_keep_caps || ck_call_prctl(change->caller, PR_SET_KEEPCAPS, 0, 0) == 0;
    /* A uid that cannot be read is not 0: better narrowed for nothing than left with everything. */
    ck_creds_read_uids(change->caller, ret_after);
    if (ck_uids_left_root(&change->before.uids, ret_after)) {
        ck_match(policy, ret_after->effective, running, ret_keep);
        if (change->given_up)
            ck_decide_nothing(ret_keep, change->reason, ret_verdict);
        /* No rule: with our SECBIT_KEEP_CAPS gone from the picture, the kernel would have cleared it all. So do we. */
        else if (ret_keep->rule != CK_NO_RULE || change->set_keep_caps)
            settle(ret_keep, change, ret_after, last_cap, ret_verdict);
    }
    ret_verdict->unnarrowed |= !is_back;
    return ret_keep->rule != CK_NO_RULE;
}
