/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decide.h"

#include <linux/capability.h>
#include <stddef.h>

/* Every capability that this kernel knows. */
static uint64_t known_mask(unsigned last_cap)
{
    return last_cap + 1 >= CK_CAPS_MAX ? UINT64_MAX : ck_cap_bit(last_cap + 1) - 1;
}

/*
 * Moves what cannot become ambient out of `*want_mask`: ambient is a subset of permitted and inheritable
 * (capabilities(7), "Ambient"); inheritable may grow only within permitted and within the bounding set (cap_capset);
 * SECBIT_NO_CAP_AMBIENT_RAISE forbids every raise (cap_task_prctl).
 */
static void cut_to_attainable(uint64_t *want_mask, uint64_t permitted, const struct ck_creds *now,
                              struct ck_verdict *verdict)
{
    uint64_t lost = *want_mask & ~permitted;

    verdict->lost[CK_LOST_NOT_PERMITTED] |= lost;
    *want_mask &= ~lost;

    lost = *want_mask & ~(now->caps.bounding | now->caps.inheritable);
    verdict->lost[CK_LOST_NOT_BOUNDING] |= lost;
    *want_mask &= ~lost;

    if ((now->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0) {
        lost = *want_mask & ~now->caps.ambient;
        verdict->lost[CK_LOST_NO_AMBIENT_RAISE] |= lost;
        *want_mask &= ~lost;
    }
}

/*
 * At an exec, what is not permitted because the change before had to do without it has the reason that it had then, as
 * far as that can still be seen: it was told, and it is nobody's doing since.
 */
static void blame_as_at_the_change(const struct ck_creds *now, struct ck_verdict *verdict)
{
    uint64_t *lost_mask = &verdict->lost[CK_LOST_NOT_PERMITTED];
    uint64_t mask = *lost_mask & ~(now->caps.bounding | now->caps.inheritable);

    verdict->lost[CK_LOST_NOT_BOUNDING] |= mask;
    *lost_mask &= ~mask;
    if ((now->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0) {
        verdict->lost[CK_LOST_NO_AMBIENT_RAISE] |= *lost_mask;
        *lost_mask = 0;
    }
}

/* What IAB adds to inheritable alone, within what cap_capset allows. */
static uint64_t extra_inheritable(const struct ck_keep *keep, const struct ck_creds *now)
{
    return keep->inheritable_mask & (now->caps.inheritable | (now->caps.permitted & now->caps.bounding));
}

/* What of the bounding set the rules do not allow. */
static uint64_t to_unbound(const struct ck_keep *keep, unsigned last_cap)
{
    return keep->rule == CK_NO_RULE ? 0 : known_mask(last_cap) & ~keep->bounding_mask;
}

/* A rule that refuses to go on without its hardening keeps nothing where there is none. */
static void cut_unhardened(const struct ck_keep *keep, uint64_t *want_mask, struct ck_verdict *verdict)
{
    verdict->unhardened = true;
    verdict->lost[CK_LOST_HARDENING] |= *want_mask & keep->refuse_mask;
    *want_mask &= ~keep->refuse_mask;
}

/* PR_CAPBSET_DROP needs CAP_SETPCAP (cap_prctl_drop). */
static void cut_unbound(const struct ck_keep *keep, const struct ck_creds *now, uint64_t *drop_mask,
                        uint64_t *want_mask, struct ck_verdict *verdict)
{
    if (*drop_mask == 0 || (now->caps.permitted & ck_cap_bit(CAP_SETPCAP)) != 0)
        return;
    *drop_mask = 0;
    verdict->needs_setpcap = true;
    cut_unhardened(keep, want_mask, verdict);
}

/* The kernel clears ambient for a program that gets its capabilities from its file, or another id. */
static void cut_uncarried(const struct ck_exec_facts *exec, uint32_t securebits, uint64_t *want_mask,
                          struct ck_verdict *verdict)
{
    enum ck_reason reason;

    if (exec->leaves_root && (securebits & SECBIT_NO_SETUID_FIXUP) == 0)
        reason = CK_LOST_RESET_IDS;
    else if (exec->file->has_file_caps)
        reason = CK_LOST_FILE_CAPS;
    else if (exec->file->is_set_id)
        reason = CK_LOST_SET_ID;
    else if (exec->file->ids_differ)
        reason = CK_LOST_IDS_DIFFER;
    else
        return;
    verdict->lost[reason] |= *want_mask;
    *want_mask = 0;
}

/* Descendants=no: the library goes along into the program, once more, to lower what its children must not inherit. */
static void cut_undescended(const struct ck_keep *keep, const struct ck_exec_facts *exec, uint64_t *want_mask,
                            struct ck_verdict *verdict)
{
    uint64_t lower_mask = *want_mask & ~keep->inherited_mask;

    if (lower_mask == 0)
        return;
    if (exec->takes_library)
        verdict->lower_mask = lower_mask;
    else
        cut_unhardened(keep, want_mask, verdict);
}

void ck_decide_change(const struct ck_keep *keep, const struct ck_creds *before, const struct ck_creds *now,
                      unsigned last_cap, struct ck_goal *ret_goal, struct ck_verdict *ret_verdict)
{
    bool launcher_keeps = (before->securebits & CK_LAUNCHER_KEEPS_BITS) != 0;
    uint64_t want_mask = keep->keep_mask;

    *ret_verdict = (struct ck_verdict){0};
    *ret_goal = (struct ck_goal){.drop_mask = to_unbound(keep, last_cap), .no_new_privs = keep->no_new_privs};
    if (!launcher_keeps) {
        /* Held before and gone now: only because PR_SET_KEEPCAPS could not be had. */
        ret_verdict->lost[CK_LOST_KEEP_CAPS] = want_mask & before->caps.permitted & ~now->caps.permitted;
        want_mask &= ~ret_verdict->lost[CK_LOST_KEEP_CAPS];
    }
    cut_to_attainable(&want_mask, before->caps.permitted & now->caps.permitted, now, ret_verdict);
    cut_unbound(keep, now, &ret_goal->drop_mask, &want_mask, ret_verdict);
    /* Where it was held, and is gone with all else, that is not the reason. */
    if ((before->caps.permitted & ck_cap_bit(CAP_SETPCAP)) != 0)
        ret_verdict->needs_setpcap = false;

    ret_verdict->kept_mask = want_mask & keep->ambient_mask;
    ret_verdict->waiting_mask = want_mask & ~keep->ambient_mask;
    ret_goal->caps = (struct ck_capset){
        .permitted = want_mask | (keep->later_mask & before->caps.permitted & now->caps.permitted),
        .effective = ret_verdict->kept_mask,
        .inheritable = now->caps.inheritable | ret_verdict->kept_mask | extra_inheritable(keep, now),
        .ambient = now->caps.ambient | ret_verdict->kept_mask,
    };
    if (launcher_keeps) {
        ret_goal->caps.permitted = now->caps.permitted;
        ret_goal->caps.effective = now->caps.effective;
    }
}

void ck_decide_exec(const struct ck_keep *keep, const struct ck_creds *now, const struct ck_exec_facts *exec,
                    struct ck_goal *ret_goal, struct ck_verdict *ret_verdict)
{
    const struct ck_capset *caps = &now->caps;
    uint64_t want_mask = keep->ambient_mask;

    *ret_verdict = (struct ck_verdict){0};
    *ret_goal = (struct ck_goal){.caps = *caps};
    if (exec->once && exec->may_start) {
        ret_goal->drop_mask = to_unbound(keep, exec->last_cap);
        ret_goal->no_new_privs = keep->no_new_privs;
    }
    cut_to_attainable(&want_mask, caps->permitted, now, ret_verdict);
    blame_as_at_the_change(now, ret_verdict);
    cut_uncarried(exec, now->securebits, &want_mask, ret_verdict);
    cut_unbound(keep, now, &ret_goal->drop_mask, &want_mask, ret_verdict);
    /* What cannot be taken back is not done for an exec that fails. Should it succeed all the same, it was not done. */
    if (exec->once && !exec->may_start && (to_unbound(keep, exec->last_cap) != 0 || keep->no_new_privs))
        cut_unhardened(keep, &want_mask, ret_verdict);
    cut_undescended(keep, exec, &want_mask, ret_verdict);

    uint64_t lower_mask = caps->ambient & keep->other_mask;
    ret_verdict->kept_mask = want_mask;
    ret_verdict->other_mask = exec->file->is_unseen ? 0 : keep->other_mask & caps->permitted;
    ret_goal->caps.inheritable = (caps->inheritable & ~lower_mask) | want_mask | extra_inheritable(keep, now);
    ret_goal->caps.ambient = (caps->ambient & ~lower_mask) | want_mask;
}

void ck_decide_exec_as_is(const struct ck_keep *keep, uint64_t ambient_mask, const struct ck_exec_facts *exec,
                          enum ck_reason reason, struct ck_goal *ret_goal, struct ck_verdict *ret_verdict)
{
    uint64_t want_mask = keep->ambient_mask & ambient_mask;
    uint64_t lower_mask = keep->other_mask & ambient_mask;

    *ret_verdict = (struct ck_verdict){0};
    ret_verdict->lost[reason] = keep->ambient_mask & ~ambient_mask;
    cut_uncarried(exec, 0, &want_mask, ret_verdict);
    if (exec->once && (to_unbound(keep, exec->last_cap) != 0 || keep->no_new_privs))
        cut_unhardened(keep, &want_mask, ret_verdict);
    cut_undescended(keep, exec, &want_mask, ret_verdict);
    ret_verdict->kept_mask = want_mask;
    /* What is lowered so stays inheritable. */
    ret_verdict->unnarrowed = lower_mask != 0;
    *ret_goal = (struct ck_goal){
        .caps = {.permitted = ambient_mask, .inheritable = ambient_mask, .ambient = ambient_mask & ~lower_mask}};
}

/* `now` without what `after` has more than `before`. */
static uint64_t without_added(uint64_t before, uint64_t after, uint64_t now)
{
    return now & ~(after & ~before);
}

/* What was taken comes back as far as the kernel allows: see cut_to_attainable. */
bool ck_decide_undo(const struct ck_capset *before, const struct ck_capset *prepared, const struct ck_creds *now,
                    struct ck_goal *ret_goal)
{
    const struct ck_capset *caps = &now->caps;
    uint64_t inheritable = before->inheritable & ~prepared->inheritable;
    uint64_t ambient = before->ambient & ~prepared->ambient;
    uint64_t back_mask = inheritable & (caps->inheritable | (caps->permitted & caps->bounding));
    uint64_t raise_mask = ambient & caps->permitted & (caps->inheritable | back_mask);

    if ((now->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
        raise_mask &= caps->ambient;
    *ret_goal = (struct ck_goal){.caps = *caps};
    ret_goal->caps.inheritable =
        without_added(before->inheritable, prepared->inheritable, caps->inheritable) | back_mask;
    ret_goal->caps.ambient = without_added(before->ambient, prepared->ambient, caps->ambient) | raise_mask;
    return back_mask == inheritable && raise_mask == ambient;
}

/* With nothing left to keep, capset is still what makes CAP_SETPCAP effective, to drop from the bounding set. */
static bool give_up_bounding(struct ck_keep *keep, struct ck_verdict *noted)
{
    if (keep->bounding_mask == UINT64_MAX)
        return false;
    noted->unhardened = true;
    keep->bounding_mask = UINT64_MAX;
    return true;
}

bool ck_decide_without(const struct ck_refused *refused, struct ck_keep *keep, struct ck_verdict *noted)
{
    uint64_t lost;

    switch (refused->part) {
    case CK_PART_SETS:
        lost = keep->keep_mask | keep->inheritable_mask | keep->later_mask;
        if (lost == 0 && keep->other_mask == 0)
            return give_up_bounding(keep, noted);
        noted->lost[CK_LOST_CAPSET] |= lost;
        keep->keep_mask = keep->ambient_mask = keep->inheritable_mask = keep->later_mask = keep->other_mask = 0;
        return true;
    case CK_PART_RAISE:
        lost = ck_cap_bit(refused->cap);
        noted->lost[CK_LOST_RAISE] |= lost;
        keep->keep_mask &= ~lost;
        keep->ambient_mask &= ~lost;
        return true;
    case CK_PART_HARDENING:
        noted->unhardened = true;
        noted->lost[CK_LOST_HARDENING] |= keep->refuse_mask;
        keep->bounding_mask = UINT64_MAX;
        keep->no_new_privs = false;
        keep->keep_mask &= ~keep->refuse_mask;
        keep->ambient_mask &= ~keep->refuse_mask;
        return true;
    case CK_PART_LOWER:
        return false;
    }
    return false;
}

void ck_decide_nothing(const struct ck_keep *keep, enum ck_reason reason, struct ck_verdict *ret_verdict)
{
    *ret_verdict = (struct ck_verdict){0};
    ret_verdict->lost[reason] = keep->keep_mask;
    ret_verdict->unhardened = keep->rule != CK_NO_RULE && (keep->no_new_privs || keep->bounding_mask != UINT64_MAX);
}

void ck_verdict_blame(struct ck_verdict *verdict, uint64_t mask, enum ck_reason reason)
{
    uint64_t moved_mask = verdict->lost[CK_LOST_NOT_PERMITTED] & mask;

    verdict->lost[CK_LOST_NOT_PERMITTED] &= ~moved_mask;
    verdict->lost[reason] |= moved_mask;
}

void ck_verdict_merge(struct ck_verdict *verdict, const struct ck_verdict *noted)
{
    for (int reason = 0; reason < CK_REASON_COUNT; reason++)
        verdict->lost[reason] |= noted->lost[reason];
    verdict->unhardened |= noted->unhardened;
    verdict->needs_setpcap |= noted->needs_setpcap;
    verdict->unnarrowed |= noted->unnarrowed;
}

uint64_t ck_verdict_lost(const struct ck_verdict *verdict)
{
    uint64_t mask = 0;

    for (int reason = 0; reason < CK_REASON_COUNT; reason++)
        mask |= verdict->lost[reason];
    return mask;
}

bool ck_verdict_leave_news(struct ck_verdict *verdict, bool once, uint64_t kept_mask)
{
    static const uint8_t told_before[] = {CK_LOST_NOT_PERMITTED, CK_LOST_NOT_BOUNDING, CK_LOST_NO_AMBIENT_RAISE,
                                          CK_LOST_DROPPED};
    uint64_t news_mask = once ? UINT64_MAX : kept_mask;

    for (size_t i = 0; i < sizeof(told_before); i++)
        verdict->lost[told_before[i]] &= news_mask;
    verdict->other_mask &= news_mask;
    return ck_verdict_lost(verdict) != 0 || verdict->other_mask != 0 || verdict->unhardened || verdict->unnarrowed;
}

/*
 * Arrays, not pointers: the tables need no relocation. Two of them: the library logs the words and leaves the texts,
 * which are the command's, to be dropped by the linker.
 */
static const char reason_words[CK_REASON_COUNT][24] = {
    [CK_LOST_NOT_PERMITTED] = "not-permitted",
    [CK_LOST_DROPPED] = "launcher-dropped",
    [CK_LOST_GONE] = "gone",
    [CK_LOST_NOT_BOUNDING] = "not-bounding",
    [CK_LOST_NO_AMBIENT_RAISE] = "no-ambient-raise",
    [CK_LOST_KEEP_CAPS] = "keep-caps-refused",
    [CK_LOST_CAPSET] = "capset-refused",
    [CK_LOST_RAISE] = "raise-refused",
    [CK_LOST_HARDENING] = "not-hardened",
    [CK_LOST_FILE_CAPS] = "file-capabilities",
    [CK_LOST_SET_ID] = "set-id",
    [CK_LOST_IDS_DIFFER] = "ids-differ",
    [CK_LOST_RESET_IDS] = "reset-ids",
    [CK_LOST_UNREADABLE] = "unreadable",
    [CK_LOST_THREADS] = "threads",
    [CK_LOST_UNSEEN] = "program-unseen",
};

static const char reason_texts[CK_REASON_COUNT][112] = {
    [CK_LOST_NOT_PERMITTED] = "it was not in the permitted set just before",
    [CK_LOST_DROPPED] = "the launcher dropped it itself, by capset or prctl",
    [CK_LOST_GONE] = "it was gone before the exec: the launcher dropped it, or changed its uid unseen by the library",
    [CK_LOST_NOT_BOUNDING] = "it is not in the bounding set, so it cannot become inheritable",
    [CK_LOST_NO_AMBIENT_RAISE] = "SECBIT_NO_CAP_AMBIENT_RAISE forbids ambient capabilities",
    [CK_LOST_KEEP_CAPS] = "PR_SET_KEEPCAPS was refused (locked, or a seccomp filter)",
    [CK_LOST_CAPSET] = "capset was refused (a seccomp filter?)",
    [CK_LOST_RAISE] = "PR_CAP_AMBIENT_RAISE was refused (a seccomp filter?)",
    [CK_LOST_HARDENING] = "the rule's hardening could not be had, and OnFailure=refuse",
    [CK_LOST_FILE_CAPS] = "the program has file capabilities: the kernel clears ambient",
    [CK_LOST_SET_ID] = "the program is set-user-ID or set-group-ID: the kernel clears ambient",
    [CK_LOST_IDS_DIFFER] =
        "real and effective ids differ, and this kernel (before 6.17) then clears ambient at the exec",
    [CK_LOST_RESET_IDS] = "POSIX_SPAWN_RESETIDS leaves root in the child: the kernel clears ambient there",
    [CK_LOST_UNREADABLE] = "the process's own credentials could not be read (a seccomp filter?)",
    [CK_LOST_THREADS] = "the C library's signal to the other threads could not be taken over",
    [CK_LOST_UNSEEN] = "it is for a Program=, and what was executed could not be looked at",
};

const char *ck_reason_word(enum ck_reason reason)
{
    return reason_words[reason];
}

const char *ck_reason_text(enum ck_reason reason)
{
    return reason_texts[reason];
}
