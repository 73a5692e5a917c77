/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library that keeps nothing, and that a signal finds in the middle: it does what `interleave` is there to see, so that
 * the tests can tell that it does.
 */
#include <dlfcn.h>
#include <sys/prctl.h>
#include <unistd.h>

int setuid(uid_t uid)
{
    int (*real)(uid_t) = (int (*)(uid_t))dlsym(RTLD_NEXT, "setuid");

    (void)prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
    (void)prctl(PR_SET_KEEPCAPS, 0L, 0L, 0L, 0L);
    return real(uid);
}
