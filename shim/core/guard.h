/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Guard=yes: the launcher's own capset and prctl do not take away what the rules keep. Pure: what the launcher asked
 * for, to what it gets.
 */
#include "capset.h"

/*
 * capset(2) as `asked`, in a thread that has `now`: the guarded capabilities stay permitted; where they are ambient
 * they stay effective and inheritable as well, so that they remain ambient (cap_capset); where they are inheritable
 * they stay that. Nothing is added that the thread does not have, and a request that the kernel refuses
 * (effective outside of permitted) is left as it is.
 */
void ck_guard_capset(uint64_t guard_mask, const struct ck_capset *now, struct ck_capset *asked);

/*
 * PR_SET_SECUREBITS: without the bits that would forbid what is still to be done for the guarded capabilities, in a
 * thread that has yet to leave uid 0 (`any_root`) or has not yet raised them all (`raises`). What is locked in `now`
 * stays as it is: the kernel would refuse the whole of the call.
 */
unsigned long ck_guard_securebits(unsigned long asked, uint32_t now, bool any_root, bool raises);
