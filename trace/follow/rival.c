/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rival.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include "../proc/proc.h"

static bool is_ours(pid_t pid)
{
    struct ck_proc proc;

    return ck_proc_read(pid, &proc) == 0 && proc.tracer == getpid();
}

bool ck_rival_was_refused(const struct ck_tracee *tracee)
{
    int64_t result;

    if (ck_tracer_result(tracee, &result) < 0 || result != -EPERM)
        return false;
    switch ((int)tracee->args[0]) {
    case PTRACE_TRACEME:
        return true;
    case PTRACE_ATTACH:
    case PTRACE_SEIZE:
        return is_ours((pid_t)tracee->args[1]);
    default:
        return false;
    }
}
