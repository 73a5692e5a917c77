#include "guard.h"

#include <errno.h>
#include <sys/prctl.h>

#include "../core/guard.h"
#include "creds_read.h"
#include "sys.h"

bool ck_own_change_begin(const struct ck_policy *policy, struct ck_own_change *ret_change)
{
    struct ck_creds *before = &ret_change->before;
    struct ck_keep keep;

    if (ck_creds_read(0, before) < 0)
        return false;
    bool any_root = ck_uids_any_root(&before->uids);
    ret_change->guard_mask = ck_match_guard(policy, any_root, before->uids.effective);
    ck_match_change(policy, before->uids.effective, &keep);
    ret_change->keep_mask = any_root ? 0 : keep.keep_mask;
    if (ret_change->guard_mask != 0)
        (void)ck_creds_read(ret_change->guard_mask, before); /* it worked a moment ago */
    return (ret_change->guard_mask | ret_change->keep_mask) != 0;
}

uint64_t ck_own_change_end(const struct ck_own_change *change)
{
    struct ck_capset now;

    if (change->keep_mask == 0 || ck_sys_capget(&now) < 0)
        return 0;
    return change->keep_mask & change->before.caps.permitted & ~now.permitted;
}

int ck_own_capset(const struct ck_own_change *change, struct ck_capset *asked)
{
    ck_guard_capset(change->guard_mask, &change->before.caps, asked);
    return ck_sys_capset(asked);
}

int ck_own_clear_ambient(const struct ck_own_change *change)
{
    unsigned last_cap = ck_creds_last_cap();

    for (unsigned cap = 0; cap <= last_cap; cap++) {
        if (!ck_own_may_lower(change, cap))
            continue;
        int result = ck_sys_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, cap);
        if (result == -EINVAL)
            return 0; /* past the kernel's last capability (cap_task_prctl) */
        if (result < 0)
            return result;
    }
    return 0;
}

bool ck_own_may_lower(const struct ck_own_change *change, unsigned long cap)
{
    return cap >= CK_CAPS_MAX || (change->guard_mask & ck_cap_bit((unsigned)cap)) == 0;
}

void ck_own_prepare_drop(const struct ck_own_change *change, unsigned long cap)
{
    struct ck_capset caps = change->before.caps;

    if (ck_own_may_lower(change, cap) || (caps.permitted & ck_cap_bit((unsigned)cap)) == 0)
        return;
    caps.inheritable |= ck_cap_bit((unsigned)cap);
    (void)ck_sys_capset(&caps); /* refused, it is as without capkeep, and told at the change */
}
