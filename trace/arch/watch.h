/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The watched calls by their numbers on each architecture, which a tracee may choose call by call. libseccomp knows them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"

/*
 * Looks the numbers up; once, before anything else here. `needs`: the calls of CK_WATCH_NEEDS are watched as well.
 * Returns 0 or -errno.
 */
int ck_watch_load(bool needs);

/* The watched call with this number on this architecture (AUDIT_ARCH_…), or NULL. */
const struct ck_watched *ck_watch_find(uint32_t arch, uint64_t number);

/* The number of any call by its name, or -1 where this architecture has none. */
int ck_watch_number(uint32_t arch, const char *name);

/* The name of any call, watched or not, to be freed; NULL where there is none. */
char *ck_watch_name(uint32_t arch, uint64_t number);

/*
 * Installs, in the calling process, a filter that stops at the watched calls of every architecture of this machine and
 * at nothing else (SECCOMP_RET_TRACE), without no_new_privs, which would change what is studied: so it needs
 * CAP_SYS_ADMIN. Returns 0 or -errno.
 */
int ck_watch_install_filter(void);
