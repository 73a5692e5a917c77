/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capset_call.h"

#include <errno.h>
#include <linux/capability.h>

static bool is_subset(uint64_t part, uint64_t whole)
{
    return (part & ~whole) == 0;
}

static bool is_allowed(const struct ck_thread *before, const struct ck_capset *wanted)
{
    const struct ck_capset *old = &before->caps;

    /* CAP_SETPCAP makes what is not permitted inheritable, but nothing can make it so from outside of bounding. */
    if (!ck_thread_capable(before, CAP_SETPCAP) && !is_subset(wanted->inheritable, old->inheritable | old->permitted))
        return false;
    return is_subset(wanted->inheritable, old->inheritable | old->bounding) &&
           is_subset(wanted->permitted, old->permitted) && is_subset(wanted->effective, wanted->permitted);
}

int ck_capset_call(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_capset *wanted,
                   struct ck_outcome *ret_outcome)
{
    const struct ck_capset *old = &before->caps;
    struct ck_outcome outcome = {.after = *before};
    struct ck_capset *now = &outcome.after.caps;
    struct ck_capset *lost = outcome.losses.by_rule;

    now->permitted = wanted->permitted & ck_kernel_caps(kernel);
    now->effective = wanted->effective & ck_kernel_caps(kernel);
    now->inheritable = wanted->inheritable & ck_kernel_caps(kernel);
    now->ambient &= now->permitted & now->inheritable;
    if (!is_allowed(before, now))
        return -EPERM;
    lost[CK_RULE_LAUNCHER_DROPPED].permitted = old->permitted & ~now->permitted;
    lost[CK_RULE_LAUNCHER_DROPPED].effective = old->effective & ~now->effective;
    lost[CK_RULE_LAUNCHER_DROPPED].inheritable = old->inheritable & ~now->inheritable;
    /* Lowered in both: permitted is the one that could not have been spared. */
    lost[CK_RULE_AMBIENT_FOLLOWS_PERMITTED].ambient = old->ambient & ~now->permitted;
    lost[CK_RULE_AMBIENT_FOLLOWS_INHERITABLE].ambient = old->ambient & now->permitted & ~now->inheritable;
    *ret_outcome = outcome;
    return 0;
}
