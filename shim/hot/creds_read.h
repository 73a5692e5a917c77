#pragma once
/* The calling thread's credentials, from the kernel. */
#include "../core/capset.h"

/*
 * Reads uids, securebits, permitted, effective and inheritable, and of ambient and bounding the capabilities in
 * `interest_mask` (the kernel tells those two only one at a time). Returns 0 or -errno.
 */
int ck_creds_read(uint64_t interest_mask, struct ck_creds *ret_creds);

/* The highest capability that the running kernel knows (PR_CAPBSET_READ fails with EINVAL past it). */
unsigned ck_creds_last_cap(void);
