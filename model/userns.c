/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "userns.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>

/* Depth of the parent at which create_user_ns still goes on. */
#define DEPTH_MAX 32

static unsigned depth_of(const struct ck_userns *userns)
{
    unsigned depth = 0;

    for (; userns->parent != NULL; userns = userns->parent)
        depth++;
    return depth;
}

/* cap_capable: a capability in a namespace holds in those below it, and who created one has them all in there. */
static bool is_capable_in(const struct ck_thread *thread, const struct ck_userns *target, unsigned cap)
{
    for (const struct ck_userns *at = target; at != NULL; at = at->parent) {
        if (at == thread->userns)
            return ck_thread_capable(thread, cap);
        if (at->parent == thread->userns && at->owner == thread->uids.effective)
            return true;
    }
    return false;
}

/* set_cred_user_ns. */
static void enter(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_userns *userns,
                  struct ck_outcome *ret_outcome)
{
    uint64_t all = ck_kernel_caps(kernel);
    struct ck_outcome outcome = {.after = *before};
    struct ck_capset *lost = &outcome.losses.by_rule[CK_RULE_USERNS];

    lost->inheritable = before->caps.inheritable;
    lost->ambient = before->caps.ambient;
    outcome.after.caps = (struct ck_capset){.permitted = all, .effective = all, .bounding = all};
    outcome.after.securebits = 0;
    outcome.after.userns = userns;
    *ret_outcome = outcome;
}

int ck_userns_unshare(const struct ck_kernel *kernel, const struct ck_thread *before, struct ck_userns *ret_userns,
                      struct ck_outcome *ret_outcome)
{
    const struct ck_userns *parent = before->userns;

    if (before->threaded)
        return -EINVAL;
    if (depth_of(parent) > DEPTH_MAX)
        return -ENOSPC;
    /* A namespace opened in a chroot would be a way out of it. */
    if (before->chrooted)
        return -EPERM;
    if (ck_id_map_to_inside(&parent->uids, before->uids.effective) == CK_ID_NONE ||
        ck_id_map_to_inside(&parent->gids, before->gids.effective) == CK_ID_NONE)
        return -EPERM;
    *ret_userns = (struct ck_userns){.parent = parent, .owner = before->uids.effective};
    enter(kernel, before, ret_userns, ret_outcome);
    /* CLONE_NEWUSER implies CLONE_FS. */
    ret_outcome->after.shares_fs = false;
    return 0;
}

int ck_userns_setns(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_userns *userns,
                    struct ck_outcome *ret_outcome)
{
    if (userns == before->userns || before->threaded || before->shares_fs)
        return -EINVAL;
    if (!is_capable_in(before, userns, CAP_SYS_ADMIN))
        return -EPERM;
    enter(kernel, before, userns, ret_outcome);
    return 0;
}
