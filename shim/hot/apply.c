/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "apply.h"

#include <linux/capability.h>
#include <sys/prctl.h>

static int change_ambient(const struct ck_caller *caller, unsigned long operation, enum ck_part part, uint64_t mask,
                          struct ck_refused *ret_refused)
{
    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        int result = ck_call_prctl(caller, PR_CAP_AMBIENT, operation, cap);

        if (result < 0) {
            *ret_refused = (struct ck_refused){part, cap};
            return result;
        }
    }
    return 0;
}

static int set(const struct ck_caller *caller, const struct ck_capset *caps, struct ck_refused *ret_refused)
{
    *ret_refused = (struct ck_refused){.part = CK_PART_SETS};
    return ck_call_capset(caller, caps);
}

/*
 * Dropping needs CAP_SETPCAP effective (cap_prctl_drop), which the change of the effective uid has just cleared. What is
 * to be inheritable becomes so first: once it is out of the bounding set it could not (cap_capset).
 */
static int unbind(const struct ck_caller *caller, const struct ck_capset *now, const struct ck_goal *goal,
                  struct ck_refused *ret_refused)
{
    uint64_t drop_mask = goal->drop_mask;
    struct ck_capset caps = *now;

    caps.effective |= ck_cap_bit(CAP_SETPCAP);
    caps.inheritable = goal->caps.inheritable;
    int result = set(caller, &caps, ret_refused);
    while (result == 0 && drop_mask != 0) {
        *ret_refused = (struct ck_refused){.part = CK_PART_HARDENING};
        result = ck_call_prctl(caller, PR_CAPBSET_DROP, ck_cap_take_lowest(&drop_mask), 0);
    }
    return result;
}

/* CAP_SETPCAP goes again. What has become inheritable stays: if it has left the bounding set it could not again. */
static void unraise(const struct ck_caller *caller, const struct ck_capset *now, const struct ck_goal *goal)
{
    struct ck_capset caps = *now;

    caps.inheritable = goal->caps.inheritable;
    (void)ck_call_capset(caller, &caps); /* what was possible a moment ago */
}

static int apply_sets(const struct ck_caller *caller, const struct ck_capset *now, const struct ck_goal *goal,
                      bool sets_change, struct ck_refused *ret_refused)
{
    int result = goal->drop_mask != 0 ? unbind(caller, now, goal, ret_refused) : 0;

    if (result == 0 && goal->no_new_privs) {
        *ret_refused = (struct ck_refused){.part = CK_PART_HARDENING};
        result = ck_call_prctl(caller, PR_SET_NO_NEW_PRIVS, 1, 0);
    }
    if (result == 0 && sets_change)
        result = set(caller, &goal->caps, ret_refused);
    if (result < 0 && goal->drop_mask != 0)
        unraise(caller, now, goal);
    return result;
}

int ck_apply(const struct ck_caller *caller, const struct ck_capset *now, const struct ck_goal *goal,
             struct ck_refused *ret_refused)
{
    const struct ck_capset *caps = &goal->caps;
    uint64_t ambient_mask = now->ambient;
    bool sets_change = goal->drop_mask != 0 || caps->permitted != now->permitted || caps->effective != now->effective ||
                       caps->inheritable != now->inheritable;
    int result = apply_sets(caller, now, goal, sets_change, ret_refused);

    /* What leaves permitted or inheritable leaves ambient as well (cap_capset). */
    if (sets_change)
        ambient_mask &= caps->permitted & caps->inheritable;
    if (result == 0)
        result =
            change_ambient(caller, PR_CAP_AMBIENT_RAISE, CK_PART_RAISE, caps->ambient & ~ambient_mask, ret_refused);
    if (result == 0)
        result =
            change_ambient(caller, PR_CAP_AMBIENT_LOWER, CK_PART_LOWER, ambient_mask & ~caps->ambient, ret_refused);
    return result;
}
