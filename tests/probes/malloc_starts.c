/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A malloc that starts at its first call, in a constructor, as jemalloc's does: it makes calls by number meanwhile, and must
 * not be called by what answers them. That would wait for itself; here it is told.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t size); /* NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static bool is_started;

static void start(void)
{
    static bool is_starting;

    if (is_starting)
        abort();
    is_starting = true;
    if (syscall(SYS_getpid) != getpid() || prctl(PR_GET_DUMPABLE) < 0)
        abort();
    is_started = true;
}

void *malloc(size_t size)
{
    if (!is_started)
        start();
    return __libc_malloc(size);
}

__attribute__((constructor)) static void call_it(void)
{
    void *volatile memory = malloc(1);

    free(memory);
}
