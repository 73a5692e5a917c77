/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "uid_change.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>

/* The capabilities over files, which follow the file system uid (CAP_FS_SET in the kernel). */
static const unsigned file_caps[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                                     CAP_FSETID, CAP_MKNOD,        CAP_LINUX_IMMUTABLE, CAP_MAC_OVERRIDE};

static bool any_is(const struct ck_uids *uids, uid_t uid)
{
    return uids->real == uid || uids->effective == uid || uids->saved == uid;
}

/* What leaving uid 0 altogether takes (cap_emulate_setxuid, rule 1). */
static void leave_root(const struct ck_thread *before, struct ck_outcome *outcome)
{
    struct ck_capset *caps = &outcome->after.caps;
    struct ck_capset *lost = outcome->losses.by_rule;

    if ((before->securebits & SECBIT_KEEP_CAPS) == 0) {
        lost[CK_RULE_UID_CHANGE].permitted = caps->permitted;
        lost[CK_RULE_UID_CHANGE].effective = caps->effective;
        caps->permitted = caps->effective = 0;
    }
    lost[CK_RULE_UID_CHANGE_AMBIENT].ambient = caps->ambient;
    caps->ambient = 0;
}

/* cap_emulate_setxuid: the three rules, one after the other. */
static void follow_uids(const struct ck_thread *before, struct ck_outcome *outcome)
{
    struct ck_thread *after = &outcome->after;
    uid_t root = ck_userns_root(before->userns);

    if ((before->securebits & SECBIT_NO_SETUID_FIXUP) != 0)
        return;
    if (any_is(&before->uids, root) && !any_is(&after->uids, root))
        leave_root(before, outcome);
    if (before->uids.effective == root && after->uids.effective != root) {
        outcome->losses.by_rule[CK_RULE_EUID_CHANGE].effective = after->caps.effective;
        after->caps.effective = 0;
    }
    if (before->uids.effective != root && after->uids.effective == root)
        after->caps.effective = after->caps.permitted;
}

static int change(const struct ck_thread *before, const struct ck_uids *uids, struct ck_outcome *ret_outcome)
{
    struct ck_outcome outcome = {.after = *before};

    outcome.after.uids = *uids;
    outcome.after.fsuid = uids->effective;
    follow_uids(before, &outcome);
    *ret_outcome = outcome;
    return 0;
}

/* To the observer's numbers. An id that the namespace does not map is refused; "unchanged" stays what it is. */
static bool to_outside(const struct ck_thread *thread, uid_t uid, uid_t *ret_uid)
{
    *ret_uid = ck_id_map_to_outside(&thread->userns->uids, uid);
    return *ret_uid != CK_ID_NONE || uid == CK_ID_NONE;
}

int ck_uid_change_setuid(const struct ck_thread *before, uid_t uid, struct ck_outcome *ret_outcome)
{
    struct ck_uids uids = before->uids;
    uid_t wanted;

    if (uid == CK_ID_NONE || !to_outside(before, uid, &wanted))
        return -EINVAL;
    if (ck_thread_capable(before, CAP_SETUID))
        uids.real = uids.saved = wanted;
    else if (wanted != uids.real && wanted != uids.saved)
        return -EPERM;
    uids.effective = wanted;
    return change(before, &uids, ret_outcome);
}

int ck_uid_change_setreuid(const struct ck_thread *before, uid_t ruid, uid_t euid, struct ck_outcome *ret_outcome)
{
    const struct ck_uids *old = &before->uids;
    struct ck_uids uids = *old;
    bool capable = ck_thread_capable(before, CAP_SETUID);
    uid_t real;
    uid_t effective;

    if (!to_outside(before, ruid, &real) || !to_outside(before, euid, &effective))
        return -EINVAL;
    if (ruid != CK_ID_NONE && real != old->real && real != old->effective && !capable)
        return -EPERM;
    if (euid != CK_ID_NONE && !any_is(old, effective) && !capable)
        return -EPERM;
    if (ruid != CK_ID_NONE)
        uids.real = real;
    if (euid != CK_ID_NONE)
        uids.effective = effective;
    if (ruid != CK_ID_NONE || (euid != CK_ID_NONE && effective != old->real))
        uids.saved = uids.effective;
    return change(before, &uids, ret_outcome);
}

/* Whether setresuid asks for nothing that is not so already; fsuid is looked at only where euid is named. */
static bool asks_for_no_change(const struct ck_thread *before, const struct ck_uids *wanted)
{
    const struct ck_uids *old = &before->uids;

    return (wanted->real == CK_ID_NONE || wanted->real == old->real) &&
           (wanted->effective == CK_ID_NONE ||
            (wanted->effective == old->effective && wanted->effective == before->fsuid)) &&
           (wanted->saved == CK_ID_NONE || wanted->saved == old->saved);
}

/* Puts one uid of a setresuid in place; false where that takes CAP_SETUID. */
static bool replace(const struct ck_thread *before, uid_t wanted, uid_t *uid)
{
    if (wanted == CK_ID_NONE)
        return true;
    *uid = wanted;
    return any_is(&before->uids, wanted) || ck_thread_capable(before, CAP_SETUID);
}

int ck_uid_change_setresuid(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_uids *uids,
                            struct ck_outcome *ret_outcome)
{
    struct ck_uids wanted;
    struct ck_uids after = before->uids;

    if (!to_outside(before, uids->real, &wanted.real) || !to_outside(before, uids->effective, &wanted.effective) ||
        !to_outside(before, uids->saved, &wanted.saved))
        return -EINVAL;
    if (kernel->setresuid_may_rest && asks_for_no_change(before, &wanted)) {
        *ret_outcome = (struct ck_outcome){.after = *before};
        return 0;
    }
    if (!replace(before, wanted.real, &after.real) || !replace(before, wanted.effective, &after.effective) ||
        !replace(before, wanted.saved, &after.saved))
        return -EPERM;
    return change(before, &after, ret_outcome);
}

/* cap_task_fix_setuid, LSM_SETID_FS. */
static void follow_fsuid(const struct ck_thread *before, struct ck_outcome *outcome)
{
    struct ck_thread *after = &outcome->after;
    uid_t root = ck_userns_root(before->userns);
    uint64_t file_mask = 0;

    if ((before->securebits & SECBIT_NO_SETUID_FIXUP) != 0)
        return;
    for (size_t i = 0; i < sizeof(file_caps) / sizeof(file_caps[0]); i++)
        file_mask |= ck_cap_bit(file_caps[i]);
    if (before->fsuid == root && after->fsuid != root) {
        outcome->losses.by_rule[CK_RULE_FSUID_CHANGE].effective = after->caps.effective & file_mask;
        after->caps.effective &= ~file_mask;
    }
    if (before->fsuid != root && after->fsuid == root)
        after->caps.effective |= after->caps.permitted & file_mask;
}

void ck_uid_change_setfsuid(const struct ck_thread *before, uid_t fsuid, struct ck_outcome *ret_outcome)
{
    struct ck_outcome outcome = {.after = *before};
    uid_t wanted = ck_id_map_to_outside(&before->userns->uids, fsuid);

    if (wanted != CK_ID_NONE && (any_is(&before->uids, wanted) || ck_thread_capable(before, CAP_SETUID))) {
        outcome.after.fsuid = wanted;
        follow_fsuid(before, &outcome);
    }
    *ret_outcome = outcome;
}
