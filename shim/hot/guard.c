/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guard.h"

#include <errno.h>
#include <sys/prctl.h>

#include "../core/guard.h"
#include "creds_read.h"

bool ck_own_change_begin(const struct ck_caller *caller, const struct ck_policy *policy,
                         struct ck_own_change *ret_change)
{
    struct ck_creds *before = &ret_change->before;
    struct ck_keep keep;

    ret_change->caller = caller;
    if (ck_creds_read(caller, 0, before) < 0)
        return false;
    bool any_root = ck_uids_any_root(&before->uids);
    ret_change->guard_mask = ck_match_guard(policy, any_root, before->uids.effective);
    ck_match(policy, before->uids.effective, NULL, &keep);
    ret_change->keep_mask = any_root ? 0 : keep.keep_mask;
    if (ret_change->guard_mask != 0)
        (void)ck_creds_read(caller, ret_change->guard_mask, before); /* it worked a moment ago */
    return (ret_change->guard_mask | ret_change->keep_mask) != 0;
}

uint64_t ck_own_change_end(const struct ck_own_change *change)
{
    struct ck_capset now;

    if (change->keep_mask == 0 || ck_call_capget(change->caller, &now) < 0)
        return 0;
    return change->keep_mask & change->before.caps.permitted & ~now.permitted;
}

int ck_own_capset(const struct ck_own_change *change, struct ck_capset *asked)
{
    ck_guard_capset(change->guard_mask, &change->before.caps, asked);
    return ck_call_capset(change->caller, asked);
}

static bool may_lower(const struct ck_own_change *change, unsigned long cap)
{
    /* Of what the thread does not have there is nothing to guard, and the kernel has its own answer. */
    return cap >= CK_CAPS_MAX || (change->guard_mask & change->before.caps.permitted & ck_cap_bit((unsigned)cap)) == 0;
}

static int clear_ambient(const struct ck_own_change *change)
{
    unsigned last_cap = ck_creds_last_cap();

    for (unsigned cap = 0; cap <= last_cap; cap++) {
        if (!may_lower(change, cap))
            continue;
        int result = ck_call_prctl(change->caller, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, cap);
        if (result < 0)
            return result;
    }
    return 0;
}

/* What is guarded and will be out of the bounding set could not become inheritable any more, so it does so now. */
static void prepare_drop(const struct ck_own_change *change, unsigned long cap)
{
    struct ck_capset caps = change->before.caps;

    if (may_lower(change, cap))
        return;
    caps.inheritable |= ck_cap_bit((unsigned)cap);
    (void)ck_call_capset(change->caller, &caps); /* refused, it is as without capkeep, and told at the change */
}

static bool has_raised(const struct ck_own_change *change)
{
    return (change->guard_mask & change->before.caps.permitted & ~change->before.caps.ambient) == 0;
}

bool ck_own_prctl(const struct ck_own_change *change, int option, unsigned long *value, unsigned long cap)
{
    bool any_root = ck_uids_any_root(&change->before.uids);

    if (option == PR_CAPBSET_DROP) {
        prepare_drop(change, *value);
        return false;
    }
    if (option == PR_SET_SECUREBITS) {
        *value = ck_guard_securebits(*value, change->before.securebits, any_root, any_root || !has_raised(change));
        return false;
    }
    if (*value == PR_CAP_AMBIENT_LOWER && may_lower(change, cap))
        return false;
    if (*value == PR_CAP_AMBIENT_CLEAR_ALL && cap != 0)
        return false;
    return *value == PR_CAP_AMBIENT_LOWER || clear_ambient(change) == 0;
}
