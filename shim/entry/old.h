/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Old versions of wrapped functions that do something else than today's. A program gets the version that was the newest
 * when it was linked, and must get it still: from posix_spawn, what is no program and has no "#!" goes to /bin/sh; popen's
 * stream is of another size, and is for the old pclose; dlopen binds lazily where its mode says nothing of it.
 * The C library's own stand in ck_real as old_NAME.
 */
#include <features.h>

/* CK_OLD(name, version) for each. shim/exports.map.in has to name the version. */
#if defined(__GLIBC__) && defined(__x86_64__)
#define CK_OLD_SPAWN "GLIBC_2.2.5"
#define CK_OLD_SYMBOLS CK_OLD(posix_spawn, CK_OLD_SPAWN) CK_OLD(posix_spawnp, CK_OLD_SPAWN)
#elif defined(__GLIBC__) && defined(__i386__)
#define CK_OLD_SPAWN "GLIBC_2.2"
#define CK_OLD_STREAMS "GLIBC_2.0"
#define CK_OLD_LOADER "GLIBC_2.0"
#define CK_OLD_SYMBOLS                                                                                                 \
    CK_OLD(posix_spawn, CK_OLD_SPAWN)                                                                                  \
    CK_OLD(posix_spawnp, CK_OLD_SPAWN) CK_OLD(popen, CK_OLD_STREAMS) CK_OLD(dlopen, CK_OLD_LOADER)
#else
#define CK_OLD_SYMBOLS
#endif

/* Exports a function as an old version of a name. */
#define CK_EXPORT_OLD(function, name, version) __asm__(".symver " #function "," #name "@" version)
