/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The wrapped calls made by number. A uid that changes this way changes in the calling thread alone. */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "caps_call.h"
#include "exec_call.h"
#include "real.h"

static bool changes_uid(long number)
{
    switch (number) {
    case SYS_setuid:
    case SYS_setreuid:
    case SYS_setresuid:
#ifdef SYS_setuid32
    case SYS_setuid32:
    case SYS_setreuid32:
    case SYS_setresuid32:
#endif
        return true;
    default:
        return false;
    }
}

/* Whether it may be more than the call alone. */
static bool matters(long number, const long *a)
{
    return number == SYS_execve || number == SYS_execveat || number == SYS_capset || changes_uid(number) ||
           (number == SYS_prctl && ck_caps_prctl_matters((int)a[0], (unsigned long)a[1]));
}

/* In a frame of its own, which the executing calls below do without. */
static long __attribute__((noinline)) change_uid(const struct ck_state *state, long number, const long *a)
{
    struct ck_funnel_change change;

    ck_funnel_change_begin(state, false, &change);
    long result = ck_real.syscall(number, a[0], a[1], a[2]);
    ck_funnel_change_end(state, "syscall", &change);
    return result;
}

long syscall(long number, ...)
{
    long a[6];
    va_list list;

    /* All six are read whatever the call takes, as the C library's own function does. */
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (ck_entry_is_early() && !matters(number, a)) {
        __typeof__(&syscall) real = ck_entry_look_up("syscall");
        return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    const struct ck_state *state = ck_state_get();
    if (state->armed && number == SYS_execve)
        return execve((const char *)a[0], (char *const *)a[1], (char *const *)a[2]);
    if (state->armed && number == SYS_execveat)
        return execveat((int)a[0], (const char *)a[1], (char *const *)a[2], (char *const *)a[3], (int)a[4]);
    if (state->armed && number == SYS_capset)
        return ck_caps_capset(state, (cap_user_header_t)a[0], (cap_user_data_t)a[1]);
    if (state->armed && number == SYS_prctl && ck_caps_prctl_matters((int)a[0], (unsigned long)a[1]))
        return ck_caps_prctl(state, (int)a[0], (unsigned long)a[1], (unsigned long)a[2], (unsigned long)a[3],
                             (unsigned long)a[4]);
    if (state->armed && changes_uid(number))
        return change_uid(state, number, a);
    return ck_real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
