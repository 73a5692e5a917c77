#pragma once
/* Around the launcher's own changes of its capability sets, in the calling thread. */
#include "../core/policy_match.h"
#include "../core/capset.h"

struct ck_own_change {
    struct ck_creds before;
    uint64_t guard_mask; /* what must not be taken away; 0 where no rule guards anything here */
    uint64_t keep_mask;  /* what the rules keep for this thread, to tell when the launcher drops it */
};

/* Reads the thread and finds what the policy says of it. Returns false where that is nothing. */
bool ck_own_change_begin(const struct ck_policy *policy, struct ck_own_change *ret_change);

/* What of keep_mask the thread had before and has no longer: 0 while it has a uid 0, for nothing is kept yet. */
uint64_t ck_own_change_end(const struct ck_own_change *change);

/*
 * capset(2) with `asked` (all versions of its interface have been read into it), with what is guarded. Returns 0 or
 * -errno, as the kernel.
 */
int ck_own_capset(const struct ck_own_change *change, struct ck_capset *asked);

/* PR_CAP_AMBIENT_CLEAR_ALL and PR_CAP_AMBIENT_LOWER but for what is guarded: 0 or -errno. */
int ck_own_clear_ambient(const struct ck_own_change *change);
bool ck_own_may_lower(const struct ck_own_change *change, unsigned long cap);

/*
 * Before PR_CAPBSET_DROP: what is guarded and will be out of the bounding set could not become inheritable any more
 * (cap_capset), so it does so now.
 */
void ck_own_prepare_drop(const struct ck_own_change *change, unsigned long cap);
