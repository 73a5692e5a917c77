/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The C library's own functions behind the wrapped symbols, one pointer a row of symbols.def, and some more. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <linux/capability.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../cold/state.h"
#include "old.h"

/* The C library has it, but no header of its own names it (capset(2)). */
int capset(cap_user_header_t header, const cap_user_data_t data);
#ifndef __GLIBC__
/* musl has none. */
int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags);
typedef long Lmid_t;
void *dlmopen(Lmid_t space, const char *file, int mode);
#define LM_ID_BASE 0
#endif
#ifdef __i386__
__attribute__((nothrow, leaf)) int
__prctl_time64(int option, ...); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#endif

/* glibc has them from 2.39 on: posix_spawn with a descriptor, an int as well, where that has the process's number. */
__typeof__(posix_spawn) pidfd_spawn;   /* NOLINT(readability-redundant-declaration): not before 2.39 */
__typeof__(posix_spawnp) pidfd_spawnp; /* NOLINT(readability-redundant-declaration) */

/* glibc's alone (gnu/libc-version.h). */
const char *gnu_get_libc_version(void);

/* The stack protector's; the compiler alone calls it, by this name. */
void __stack_chk_fail(void); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

/* What the wrappers call besides. As an import each of them would cost every start of every program six times as much. */
#define CK_IMPORTS                                                                                                     \
    CK_IMPORT(__errno_location)                                                                                        \
    CK_IMPORT(__stack_chk_fail)                                                                                        \
    CK_IMPORT(posix_spawnattr_getflags)                                                                                \
    CK_IMPORT(posix_spawnattr_init)                                                                                    \
    CK_IMPORT(posix_spawnattr_setflags)                                                                                \
    CK_IMPORT(posix_spawnattr_setsigmask)                                                                              \
    CK_REAL(gnu_get_libc_version, true)

/* CK_REAL(name, is_optional) for the rows that have a pointer, by CK_SYMBOL, and for the imports; whatever that is. The old
 * versions come last, by CK_OLD. */
#define CK_REAL_required(name) CK_REAL(name, false)
#define CK_REAL_optional(name) CK_REAL(name, true)
#define CK_REAL_derived(name)
#define CK_IMPORT(name) CK_REAL(name, false)

struct ck_real_calls {
#define CK_REAL(name, is_optional) __typeof__(&name) name;
#define CK_SYMBOL(name, family, need) CK_REAL_##need(name)
#define CK_OLD(name, version) __typeof__(&name) old_##name;
#include "../symbols.def"
    /* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
    CK_IMPORTS
    CK_OLD_SYMBOLS
#undef CK_SYMBOL
#undef CK_REAL
#undef CK_OLD
};

/* Read only after the constructor. */
#define ck_real (*(struct ck_real_calls *)ck_sealed.state.real)

/* errno.h has it as a macro for the import. */
#undef errno
#define errno (*ck_real.__errno_location())

/*
 * The constructor: fills the table, loads the policy, seals both. Idempotent, and called by the first wrapper where a
 * dependency's constructor comes before ours.
 */
void ck_entry_start(void);

/*
 * Whether that is still to come, or looks the table up. Who calls then may be malloc, in its own first call, which must not
 * be called again: a look-up that fails takes memory (dlerror(3)). What needs no policy goes to the C library by itself.
 */
static inline bool ck_entry_is_early(void)
{
    return !ck_progress.started && !__atomic_load_n(&ck_progress.looked_up, __ATOMIC_ACQUIRE);
}

/* One that there is in each C library: nothing fails. */
void *ck_entry_look_up(const char *name);
