/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Who makes the system calls of a transaction: the thread itself, or a supervisor in the name of a thread that it traces
 * (trace/keep). The thread itself is CK_SELF, not a table of its own functions, which would need relocating.
 */
#include <errno.h>

#include "sys.h"

/* Every function returns what the kernel returns: a value of at least 0, or -errno. */
struct ck_caller {
    int (*capget)(const struct ck_caller *caller, struct ck_capset *ret_caps);
    int (*capset)(const struct ck_caller *caller,
                  const struct ck_capset *caps); /* NULL: asks whether it is allowed, and changes nothing */
    int (*prctl)(const struct ck_caller *caller, int option, unsigned long arg2, unsigned long arg3);
    int (*getresuid)(const struct ck_caller *caller, struct ck_uids *ret_uids);
    int (*getresgid)(const struct ck_caller *caller, struct ck_gids *ret_gids);
    bool (*is_in_group)(const struct ck_caller *caller, gid_t gid);
};

#define CK_SELF ((const struct ck_caller *)NULL)

static inline int ck_call_capget(const struct ck_caller *caller, struct ck_capset *ret_caps)
{
    return caller == CK_SELF ? ck_sys_capget(ret_caps) : caller->capget(caller, ret_caps);
}

static inline int ck_call_capset(const struct ck_caller *caller, const struct ck_capset *caps)
{
    return caller == CK_SELF ? ck_sys_capset(caps) : caller->capset(caller, caps);
}

/* Whether a filter lets capset through; asked so that nothing changes. */
static inline bool ck_call_capset_is_allowed(const struct ck_caller *caller)
{
    return caller == CK_SELF ? ck_sys_capset_is_allowed() : caller->capset(caller, NULL) == 0;
}

static inline int ck_call_prctl(const struct ck_caller *caller, int option, unsigned long arg2, unsigned long arg3)
{
    return caller == CK_SELF ? ck_sys_prctl(option, arg2, arg3) : caller->prctl(caller, option, arg2, arg3);
}

static inline int ck_call_getresuid(const struct ck_caller *caller, struct ck_uids *ret_uids)
{
    return caller == CK_SELF ? ck_sys_getresuid(ret_uids) : caller->getresuid(caller, ret_uids);
}

static inline int ck_call_getresgid(const struct ck_caller *caller, struct ck_gids *ret_gids)
{
    return caller == CK_SELF ? ck_sys_getresgid(ret_gids) : caller->getresgid(caller, ret_gids);
}

/* Of the supplementary groups alone. Where they cannot be read, in none. */
static inline bool ck_call_is_in_group(const struct ck_caller *caller, gid_t gid)
{
    return caller == CK_SELF ? ck_sys_is_in_group(gid) : caller->is_in_group(caller, gid);
}
