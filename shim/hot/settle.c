#include "settle.h"

#include <errno.h>
#include <sys/prctl.h>

#include "apply.h"
#include "creds_read.h"
#include "sys.h"

void ck_change_begin(struct ck_change *ret_change)
{
    ret_change->possible = false;
    ret_change->set_keep_caps = false;
    if (ck_creds_read(0, &ret_change->before) < 0)
        return;
    const struct ck_creds *before = &ret_change->before;
    if (!ck_uids_any_root(&before->uids) || before->caps.permitted == 0)
        return;
    ret_change->possible = true;
    if ((before->securebits & CK_LAUNCHER_KEEPS_BITS) == 0 && ck_sys_capset(&before->caps) == 0)
        ret_change->set_keep_caps = ck_sys_prctl(PR_SET_KEEPCAPS, 1, 0) == 0;
}

/*
 * The kernel refused `step`: takes what depends on it out of `*keep` and notes why, so that the next plan does without.
 * Returns false where there is nothing left to do without.
 */
static bool blame(const struct ck_step *step, struct ck_keep *keep, struct ck_verdict *noted)
{
    uint64_t lost;

    switch ((enum ck_step_kind)step->kind) {
    case CK_STEP_CAPSET:
        lost = keep->keep_mask | keep->inheritable_mask | keep->later_mask;
        if (lost == 0 && keep->other_mask == 0)
            return false;
        noted->lost[CK_LOST_CAPSET] |= lost;
        keep->keep_mask = keep->ambient_mask = keep->inheritable_mask = keep->later_mask = keep->other_mask = 0;
        return true;
    case CK_STEP_AMBIENT_RAISE:
        lost = ck_cap_bit(step->arg);
        noted->lost[CK_LOST_RAISE] |= lost;
        keep->keep_mask &= ~lost;
        keep->ambient_mask &= ~lost;
        return true;
    case CK_STEP_BOUNDING_DROP:
    case CK_STEP_NO_NEW_PRIVS:
        noted->unhardened = true;
        noted->lost[CK_LOST_HARDENING] |= keep->refuse_mask;
        keep->bounding_mask = UINT64_MAX;
        keep->no_new_privs = false;
        keep->keep_mask &= ~keep->refuse_mask;
        keep->ambient_mask &= ~keep->refuse_mask;
        return true;
    case CK_STEP_AMBIENT_LOWER:
    case CK_STEP_KEEP_CAPS:
        return false;
    }
    return false;
}

static void merge(struct ck_verdict *verdict, const struct ck_verdict *noted)
{
    for (int reason = 0; reason < CK_REASON_COUNT; reason++)
        verdict->lost[reason] |= noted->lost[reason];
    verdict->unhardened |= noted->unhardened;
}

static uint64_t interest(const struct ck_keep *keep)
{
    return keep->keep_mask | keep->inheritable_mask | keep->other_mask;
}

/* Decides and applies until the kernel refuses nothing any more; each round does without one thing that it refused. */
static void settle(const struct ck_keep *keep, const struct ck_creds *before, unsigned last_cap,
                   struct ck_verdict *ret_verdict)
{
    struct ck_keep left = *keep;
    struct ck_verdict noted = {0};
    struct ck_plan plan;
    struct ck_step failed;
    struct ck_creds now;

    do {
        if (ck_creds_read(interest(&left), &now) < 0) {
            /* Blind, the safe assumption is the state before: the plan narrows to the same sets. */
            now = *before;
            now.caps.bounding = UINT64_MAX;
        }
        ck_decide_change(&left, before, &now, last_cap, &plan, ret_verdict);
    } while (ck_apply(&plan, &failed) < 0 && blame(&failed, &left, &noted));
    merge(ret_verdict, &noted);
}

bool ck_change_end(const struct ck_change *change, const struct ck_policy *policy, unsigned last_cap,
                   struct ck_uids *ret_after, struct ck_keep *ret_keep, struct ck_verdict *ret_verdict)
{
    if (!change->possible)
        return false;
    if (ck_sys_getresuid(ret_after) < 0 || !ck_uids_left_root(&change->before.uids, ret_after)) {
        if (change->set_keep_caps)
            (void)ck_sys_prctl(PR_SET_KEEPCAPS, 0, 0); /* it was allowed a moment ago */
        return false;
    }
    ck_match_change(policy, ret_after->effective, ret_keep);
    /* No rule: with our SECBIT_KEEP_CAPS gone from the picture, the kernel would have cleared it all. So do we. */
    if (ret_keep->rule == CK_NO_RULE && !change->set_keep_caps)
        return false;
    settle(ret_keep, &change->before, last_cap, ret_verdict);
    return ret_keep->rule != CK_NO_RULE;
}

int ck_exec_prepare(const struct ck_keep *keep, const struct ck_file_facts *facts, bool once, unsigned last_cap,
                    struct ck_plan *ret_undo, struct ck_verdict *ret_verdict)
{
    struct ck_keep left = *keep;
    struct ck_verdict noted = {0};
    struct ck_plan plan;
    struct ck_step failed;
    struct ck_creds now;

    ret_undo->count = 0;
    *ret_verdict = (struct ck_verdict){0};
    for (;;) {
        if (ck_creds_read(interest(&left), &now) < 0)
            break;
        ck_decide_exec(&left, &now, facts, once, last_cap, &plan, ret_undo, ret_verdict);
        if (ck_apply(&plan, &failed) == 0)
            break;
        (void)ck_apply(ret_undo, &(struct ck_step){0}); /* back to the start, as far as the kernel lets us */
        ret_undo->count = 0;
        if (!blame(&failed, &left, &noted))
            break;
    }
    merge(ret_verdict, &noted);
    if ((keep->refuse_mask & ~ret_verdict->kept_mask) == 0)
        return 0;
    (void)ck_apply(ret_undo, &(struct ck_step){0}); /* as above */
    ret_undo->count = 0;
    return -EPERM;
}
