/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Around the launcher's own changes of its capability sets. */
#include "../core/policy_match.h"
#include "../core/capset.h"
#include "caller.h"

struct ck_own_change {
    const struct ck_caller *caller;
    struct ck_creds before;
    uint64_t guard_mask; /* what must not be taken away; 0 where no rule guards anything here */
    uint64_t keep_mask;  /* what the rules keep for this thread, to tell when the launcher drops it */
};

/* Reads the thread and finds what the policy says of it. Returns false where that is nothing. */
bool ck_own_change_begin(const struct ck_caller *caller, const struct ck_policy *policy,
                         struct ck_own_change *ret_change);

/* What of keep_mask the thread had before and has no longer: 0 while it has a uid 0, for nothing is kept yet. */
uint64_t ck_own_change_end(const struct ck_own_change *change);

/*
 * capset(2) with `asked` (all versions of its interface have been read into it), with what is guarded. Returns 0 or
 * -errno, as the kernel.
 */
int ck_own_capset(const struct ck_own_change *change, struct ck_capset *asked);

/*
 * An option of prctl(2) that takes capabilities away, with `*value` and `cap` for its first two arguments, where something
 * is guarded. Returns true where that has been done and the answer is 0; false where the plain call is still to be made,
 * with *value as it may have been changed.
 */
bool ck_own_prctl(const struct ck_own_change *change, int option, unsigned long *value, unsigned long cap);
