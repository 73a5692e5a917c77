/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Calls that are not treated as any other where a denied one is made again. Pure. */
#include <stdbool.h>
#include <stdint.h>

enum ck_hazard {
    CK_HAZARD_NONE,
    CK_HAZARD_SURE,   /* denied, it proves that something is gone for good; made again it would bring that back */
    CK_HAZARD_GREAT,  /* made again it is done, to the whole machine */
    CK_HAZARD_FILTER, /* made again, it may forbid what undoes that */
    CK_HAZARD_QUIET,  /* it does not fail: the refusal comes as a message, or to another thread */
    CK_HAZARD_SOCKET, /* the same, where its descriptor is a netlink socket */
};

/* Of a call by its name. */
enum ck_hazard ck_hazard_of(const char *call, const uint64_t args[6]);

/* Whether the call has failed with this result for a reason that may be the want of a capability. */
bool ck_hazard_is_failure(const char *call, int64_t result);

/* It was interrupted by a signal; the kernel makes it again by itself, or makes this an EINTR. */
bool ck_hazard_is_restart(int64_t result);
