/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "creds_read.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "sys.h"

void ck_creds_read_uids(const struct ck_caller *caller, struct ck_uids *ret_uids)
{
    /* Twice, as all that follows hangs on it. */
    for (int attempt = 0; attempt < 2; attempt++) {
        if (ck_call_getresuid(caller, ret_uids) == 0)
            return;
    }
    if (caller != CK_SELF) {
        *ret_uids = (struct ck_uids){(uid_t)-1, (uid_t)-1, (uid_t)-1};
        return;
    }
    if (ck_sys_getuid(&ret_uids->real) < 0)
        ret_uids->real = (uid_t)-1;
    if (ck_sys_geteuid(&ret_uids->effective) < 0)
        ret_uids->effective = (uid_t)-1;
    ret_uids->saved = ret_uids->effective;
}

/*
 * What is not inheritable is not ambient, and what is inheritable need not be in bounding (cap_capset looks at what is
 * added); so each capability needs one question, not two. A bounding set that cannot be asked for is taken to be whole:
 * where it is not, capset will say so.
 */
static int read_one(const struct ck_caller *caller, unsigned cap, struct ck_capset *caps)
{
    uint64_t bit = ck_cap_bit(cap);

    if ((caps->inheritable & bit) == 0) {
        if (ck_call_prctl(caller, PR_CAPBSET_READ, cap, 0) != 0)
            caps->bounding |= bit;
        return 0;
    }
    int result = ck_call_prctl(caller, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap);
    if (result == 1)
        caps->ambient |= bit;
    return result;
}

int ck_creds_read(const struct ck_caller *caller, uint64_t interest_mask, struct ck_creds *ret_creds)
{
    struct ck_creds creds = {0};
    int result = ck_call_getresuid(caller, &creds.uids);
    if (result < 0)
        return result;
    result = ck_call_capget(caller, &creds.caps);
    if (result < 0)
        return result;
    result = ck_call_prctl(caller, PR_GET_SECUREBITS, 0, 0);
    if (result < 0)
        return result;
    creds.securebits = (uint32_t)result;
    while (interest_mask != 0) {
        result = read_one(caller, ck_cap_take_lowest(&interest_mask), &creds.caps);
        if (result < 0)
            return result;
    }
    *ret_creds = creds;
    return 0;
}

bool ck_creds_is_bound(const struct ck_caller *caller, uint64_t bounding_mask, unsigned last_cap)
{
    for (unsigned cap = 0; cap <= last_cap; cap++) {
        if ((bounding_mask & ck_cap_bit(cap)) == 0 && ck_call_prctl(caller, PR_CAPBSET_READ, cap, 0) != 0)
            return false;
    }
    return true;
}

static bool is_known(unsigned cap)
{
    return cap < CK_CAPS_MAX && ck_sys_prctl(PR_CAPBSET_READ, cap, 0) != -EINVAL;
}

/* Nearly always the one that was the last when this was compiled: two questions. */
unsigned ck_creds_last_cap(void)
{
    unsigned cap = CAP_LAST_CAP;

    while (cap > 0 && !is_known(cap))
        cap--;
    /* Every kernel knows the first one: where even that is unknown, it is a filter that answers. */
    if (cap == 0 && !is_known(0))
        return CAP_LAST_CAP;
    while (is_known(cap + 1))
        cap++;
    return cap;
}
