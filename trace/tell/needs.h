/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Which capability a call that has failed is likely to have wanted, where the kernel does not say. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Returns false where the failure is not likely to be for want of a capability. `error` is positive. */
bool ck_needs_guess(pid_t tid, const char *call, const uint64_t args[6], int error, unsigned *ret_cap);

/* Whether CAP_SYS_ADMIN is asked for in this call for the memory that it takes. */
bool ck_needs_takes_memory(const char *call, const uint64_t args[6]);

/* What the kernel asks for in this call without failing it where that is missing. */
uint64_t ck_needs_in_passing(const char *call, const uint64_t args[6]);
