#include "settle.h"

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

/* What could not be undone afterwards is not begun: capset and PR_SET_KEEPCAPS are tried beforehand, as they stand. */
void ck_change_keep(struct ck_change *change)
{
    const struct ck_creds *before = &change->before;

    if (!change->possible || change->given_up || (before->securebits & CK_LAUNCHER_KEEPS_BITS) != 0)
        return;
    if (ck_call_capset(change->caller, &before->caps) == 0 && ck_call_prctl(change->caller, PR_SET_KEEPCAPS, 0, 0) == 0)
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

static bool put_keep_caps_back(const struct ck_change *change)
{
    return !change->set_keep_caps || ck_call_prctl(change->caller, PR_SET_KEEPCAPS, 0, 0) == 0;
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
    verdict->unnarrowed |= noted->unnarrowed;
}

static uint64_t interest(const struct ck_keep *keep)
{
    return keep->keep_mask | keep->inheritable_mask | keep->other_mask;
}

/*
 * The thread as the change has left it, by the kernel's rules where SECBIT_KEEP_CAPS was ours: only effective follows the
 * effective uid, and ambient is cleared (cap_emulate_setxuid). What is in the bounding set a capset will tell, but for what
 * is to wait in permitted: `waiting_mask` is asked for.
 */
static void predict_changed(const struct ck_change *change, const struct ck_uids *after, uint64_t waiting_mask,
                            struct ck_creds *ret_now)
{
    *ret_now = change->before;
    ret_now->uids = *after;
    ret_now->securebits |= SECBIT_KEEP_CAPS;
    ret_now->caps.ambient = 0;
    ret_now->caps.bounding = UINT64_MAX;
    if (change->before.uids.effective == 0 && after->effective != 0)
        ret_now->caps.effective = 0;
    while (waiting_mask != 0) {
        unsigned cap = ck_cap_take_lowest(&waiting_mask);
        if (ck_call_prctl(change->caller, PR_CAPBSET_READ, cap, 0) == 0)
            ret_now->caps.bounding &= ~ck_cap_bit(cap);
    }
}

/* Blind, the prediction will do where permitted was to stay: the plan narrows it. Where it was not, nothing is known. */
static int read_changed(const struct ck_keep *keep, const struct ck_change *change, const struct ck_uids *after,
                        struct ck_creds *ret_now)
{
    int result = ck_creds_read(change->caller, interest(keep), ret_now);

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
    struct ck_plan plan;
    struct ck_step failed;
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
        /* What an earlier round made inheritable for nothing goes again; what was so before the first stays. */
        now.caps.inheritable &= inheritable_mask | left.keep_mask | left.inheritable_mask;
        inheritable_mask &= now.caps.inheritable;
        ck_decide_change(&left, &change->before, &now, last_cap, &plan, ret_verdict);
        result = ck_apply(change->caller, &plan, &failed);
        again = result < 0 && (is_known || blame(&failed, &left, &noted));
        is_known = false;
    } while (again);
    merge(ret_verdict, &noted);
    /* The last step is PR_SET_KEEPCAPS. Where even a capset that keeps nothing is refused, permitted is as it was. */
    if (result < 0)
        ret_verdict->unnarrowed =
            !put_keep_caps_back(change) || (change->set_keep_caps && failed.kind == CK_STEP_CAPSET);
}

bool ck_change_end(const struct ck_change *change, const struct ck_policy *policy, unsigned last_cap,
                   struct ck_uids *ret_after, struct ck_keep *ret_keep, struct ck_verdict *ret_verdict)
{
    *ret_verdict = (struct ck_verdict){0};
    ret_keep->rule = CK_NO_RULE;
    if (!change->possible)
        return false;
    /* A uid that cannot be read is not 0: better narrowed for nothing than left with everything. */
    ck_creds_read_uids(change->caller, ret_after);
    if (!ck_uids_left_root(&change->before.uids, ret_after)) {
        ret_verdict->unnarrowed = !put_keep_caps_back(change);
        return false;
    }
    ck_match_change(policy, ret_after->effective, ret_keep);
    if (change->given_up)
        ck_decide_nothing(ret_keep, change->reason, ret_verdict);
    /* No rule: with our SECBIT_KEEP_CAPS gone from the picture, the kernel would have cleared it all. So do we. */
    else if (ret_keep->rule != CK_NO_RULE || change->set_keep_caps)
        settle(ret_keep, change, ret_after, last_cap, ret_verdict);
    return ret_keep->rule != CK_NO_RULE;
}

/* Runs `undo`, which is then done with. Notes where the kernel refuses that: the thread is not as it was. */
static void take_back(const struct ck_caller *caller, struct ck_plan *undo, struct ck_verdict *noted)
{
    struct ck_step failed;

    noted->unnarrowed |= ck_apply(caller, undo, &failed) < 0;
    undo->count = 0;
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
static bool is_refused(const struct ck_keep *keep, const struct ck_file_facts *facts, const struct ck_verdict *verdict)
{
    return (keep->refuse_mask & ~verdict->kept_mask) != 0 || (facts->is_unseen && keep->awaited_mask != 0);
}

/* Without capset, or blind. */
static void prepare_as_is(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_file_facts *facts,
                          bool once, unsigned last_cap, enum ck_reason reason, struct ck_plan *ret_undo,
                          struct ck_verdict *ret_verdict)
{
    struct ck_verdict noted = {0};
    struct ck_plan plan;
    struct ck_step failed;
    uint64_t ambient_mask = read_ambient(caller, keep->ambient_mask | keep->other_mask, keep->other_mask, &noted);

    ck_decide_exec_as_is(keep, ambient_mask, facts, once, last_cap, reason, &plan, ret_undo, ret_verdict);
    if (ck_apply(caller, &plan, &failed) < 0)
        noted.unnarrowed = true;
    merge(ret_verdict, &noted);
}

/*
 * Whether the bounding set and no_new_privs are what the rules ask for. A launcher that keeps permitted by itself still
 * has what the change of uid would not keep without them.
 */
static bool is_hardened(const struct ck_caller *caller, const struct ck_keep *keep, unsigned last_cap)
{
    for (unsigned cap = 0; cap <= last_cap; cap++) {
        if ((keep->bounding_mask & ck_cap_bit(cap)) == 0 && ck_call_prctl(caller, PR_CAPBSET_READ, cap, 0) != 0)
            return false;
    }
    return !keep->no_new_privs || ck_call_prctl(caller, PR_GET_NO_NEW_PRIVS, 0, 0) == 1;
}

/* All that this program is to have is ambient, there is nothing to lower, and the kernel will leave it alone. */
static bool is_prepared(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_file_facts *facts)
{
    struct ck_verdict ignored = {0};
    bool is_plain = keep->other_mask == 0 && keep->inheritable_mask == 0 && keep->later_mask == 0 &&
                    keep->inherited_mask == keep->ambient_mask && !facts->has_file_caps && !facts->is_set_id &&
                    !facts->leaves_root && !facts->is_unseen;

    return is_plain && read_ambient(caller, keep->ambient_mask, 0, &ignored) == keep->ambient_mask;
}

int ck_exec_prepare(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_file_facts *facts,
                    bool once, unsigned last_cap, struct ck_plan *ret_undo, struct ck_verdict *ret_verdict)
{
    struct ck_keep left = *keep;
    struct ck_verdict noted = {0};
    struct ck_plan plan;
    struct ck_step failed;
    struct ck_creds now;

    if (!once && keep->refuse_mask != 0 && !is_hardened(caller, keep, last_cap)) {
        noted.unhardened = true;
        noted.lost[CK_LOST_HARDENING] = keep->refuse_mask;
        left.ambient_mask &= ~keep->refuse_mask;
    } else if (!once && is_prepared(caller, keep, facts)) {
        *ret_verdict = (struct ck_verdict){.kept_mask = keep->ambient_mask};
        ret_undo->count = 0;
        return 0;
    }
    for (;;) {
        if (ck_creds_read(caller, interest(&left), &now) < 0) {
            prepare_as_is(caller, &left, facts, once, last_cap, CK_LOST_UNREADABLE, ret_undo, ret_verdict);
            break;
        }
        ck_decide_exec(&left, &now, facts, once, last_cap, &plan, ret_undo, ret_verdict);
        if (is_refused(keep, facts, ret_verdict)) {
            ret_undo->count = 0;
            break;
        }
        if (ck_apply(caller, &plan, &failed) == 0)
            break;
        take_back(caller, ret_undo, &noted);
        if (failed.kind == CK_STEP_CAPSET || !blame(&failed, &left, &noted)) {
            prepare_as_is(caller, &left, facts, once, last_cap, CK_LOST_CAPSET, ret_undo, ret_verdict);
            break;
        }
    }
    if (facts->is_unseen)
        noted.lost[CK_LOST_UNSEEN] = keep->other_mask;
    merge(ret_verdict, &noted);
    if (!is_refused(keep, facts, ret_verdict))
        return 0;
    take_back(caller, ret_undo, ret_verdict);
    return -EPERM;
}
