/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleave_trace.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

bool interleave_read_stop(pid_t thread, struct interleave_point *point)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0)
        return false;
    point->at_entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
    if (point->at_entry)
        point->call = (long)info.entry.nr;
    return true;
}

/*
 * At the entry the signal would have to wait until the call is done, which the stop at the exit is for. So the call is taken
 * back: the thread is where it was before the instruction, and comes to it again behind the handler. For the kernel it is in
 * no call any more, and there is none to restart.
 */
#if defined(__aarch64__)

bool interleave_take_back_call(pid_t thread)
{
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof(registers)};
    int call = -1;
    struct iovec number = {&call, sizeof(call)};

    if (ptrace(PTRACE_GETREGSET, thread, (void *)NT_PRSTATUS, &all) < 0)
        return false;
    registers.pc -= 4; /* the length of svc; the number and the first argument are still in x8 and x0 */
    return ptrace(PTRACE_SETREGSET, thread, (void *)NT_PRSTATUS, &all) == 0 &&
           ptrace(PTRACE_SETREGSET, thread, (void *)NT_ARM_SYSTEM_CALL, &number) == 0;
}

#else

bool interleave_take_back_call(pid_t thread)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, thread, NULL, &registers) < 0)
        return false;
    registers.rax = registers.orig_rax;
    registers.orig_rax = (unsigned long long)-1;
    registers.rip -= 2; /* the length of syscall */
    return ptrace(PTRACE_SETREGS, thread, NULL, &registers) == 0;
}

#endif

static bool let_go(pid_t pid)
{
    (void)ptrace(PTRACE_DETACH, pid, NULL, NULL); /* it may have been killed */
    return false;
}

/* Waits for its next stop. Returns false where it has ended, and how in *ret_ended. */
static bool wait_for_stop(pid_t pid, int *ret_status, int *ret_ended)
{
    int status;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return false;
    }
    *(WIFSTOPPED(status) ? ret_status : ret_ended) = status;
    return WIFSTOPPED(status);
}

bool interleave_trace(pid_t pid, const struct interleave_record *record, struct interleave_point *point,
                      int *ret_status)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    unsigned seen = 0;
    int signal = 0;
    int status;

    *ret_status = -1;
    if (!wait_for_stop(pid, &status, ret_status))
        return false;
    if (ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0)
        return let_go(pid);
    for (;;) {
        (void)ptrace(PTRACE_SYSCALL, pid, NULL, (long)signal); /* it may have been killed */
        if (!wait_for_stop(pid, &status, ret_status))
            return false;
        signal = 0;
        if (status >> 16 == PTRACE_EVENT_EXEC || record->phase == PHASE_OVER)
            return let_go(pid);
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
            signal = WSTOPSIG(status);
            continue;
        }
        if (!interleave_read_stop(pid, point))
            return let_go(pid);
        if (record->phase == PHASE_OUTER && seen++ == point->number)
            break;
    }
    if (point->at_entry && !interleave_take_back_call(pid))
        return let_go(pid);
    if (tgkill(pid, pid, SIGUSR1) < 0)
        return let_go(pid);
    return ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0;
}
