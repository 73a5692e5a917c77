/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * `capkeep run --method=securebits`: for a launcher that no library reaches. Everything is raised beforehand, and
 * SECBIT_NO_SETUID_FIXUP keeps the kernel from clearing anything when the launcher leaves uid 0. The program inherits
 * the bit, for ever; see the manual for what that costs.
 */
#include <stdbool.h>

#include "../../shim/core/policy.h"

/*
 * Prepares this process by the rules of `policy`; with `allow_new_privs` without no_new_privs. Returns 0, or an exit
 * status with the reason on stderr; then *ret_is_begun says whether something was changed before.
 */
int ck_securebits_prepare(const struct ck_policy *policy, bool allow_new_privs, bool *ret_is_begun);
