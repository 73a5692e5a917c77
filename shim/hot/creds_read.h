/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A thread's credentials, from the kernel. */
#include <linux/capability.h>

#include "caller.h"

/*
 * The uids alone. Where they cannot be had together they are asked for one by one; the saved one, which cannot, then
 * reads as the effective one, and what cannot be had at all as (uid_t)-1, which is no process's.
 */
void ck_creds_read_uids(const struct ck_caller *caller, struct ck_uids *ret_uids);

/*
 * Reads uids, securebits, permitted, effective and inheritable, and of ambient and bounding the capabilities in
 * `interest_mask` (the kernel tells those two only one at a time). Returns 0 or -errno.
 */
int ck_creds_read(const struct ck_caller *caller, uint64_t interest_mask, struct ck_creds *ret_creds);

/* Whether the thread may make CAP_SETPCAP effective, which PR_CAPBSET_DROP takes (cap_prctl_drop). */
static inline bool ck_creds_may_drop(const struct ck_creds *creds)
{
    return (creds->caps.permitted & ck_cap_bit(CAP_SETPCAP)) != 0;
}

/* Whether nothing but `bounding_mask` is in the bounding set. What cannot be asked for is taken to be there. */
bool ck_creds_is_bound(const struct ck_caller *caller, uint64_t bounding_mask, unsigned last_cap);

/*
 * The highest capability that the running kernel knows: PR_CAPBSET_READ fails with EINVAL past it. Where it fails for
 * another reason, the highest that there can be.
 */
unsigned ck_creds_last_cap(void);
