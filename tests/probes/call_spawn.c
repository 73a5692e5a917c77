/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call.h"

/* The old versions, which programs get that were linked when these were the newest. */
#if defined(CALL_OLD_VERSIONS) && defined(__x86_64__)
__asm__(".symver posix_spawn,posix_spawn@GLIBC_2.2.5");
__asm__(".symver posix_spawnp,posix_spawnp@GLIBC_2.2.5");
#elif defined(CALL_OLD_VERSIONS) && defined(__i386__)
__asm__(".symver posix_spawn,posix_spawn@GLIBC_2.2");
__asm__(".symver posix_spawnp,posix_spawnp@GLIBC_2.2");
#endif

typedef int spawn_function(pid_t *restrict, const char *restrict, const posix_spawn_file_actions_t *restrict,
                           const posix_spawnattr_t *restrict, char *const[restrict], char *const[restrict]);

/* Both write to the same file: the child first, so that the order of the lines is the same in each run. */
static void report_ended(const char *name, int result, int error, idtype_t type, pid_t pid)
{
    siginfo_t child = {0};

    if (result == 0 && waitid(type, (id_t)pid, &child, WEXITED | WNOWAIT) < 0)
        perror(name);
    call_report(name, result, error);
    if (result == 0)
        call_wait(child.si_pid);
}

static void spawn(const struct call *call, const char *name, spawn_function *function)
{
    pid_t pid = -1;

    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = function(call->pid_null ? NULL : &pid, call->path, &call->actions,
                          call->attributes_null ? NULL : &call->attributes, call_argv(call), call_envp(call));
    report_ended(name, result, errno, call->pid_null ? P_ALL : P_PID, pid);
}

void call_posix_spawn(struct call *call, const char *operand)
{
    (void)operand;
    spawn(call, "posix_spawn", posix_spawn);
}

void call_posix_spawnp(struct call *call, const char *operand)
{
    (void)operand;
    spawn(call, "posix_spawnp", posix_spawnp);
}

/* glibc has them from 2.39 on. Weak: this program starts without, and so does one that was built before. */
__typeof__(posix_spawn) pidfd_spawn;
__typeof__(posix_spawnp) pidfd_spawnp;
#pragma weak pidfd_spawn
#pragma weak pidfd_spawnp

/* Where there is none, the answer is that of a kernel without descriptors for processes. */
static void spawn_pidfd(const struct call *call, const char *name, spawn_function *function)
{
    int pidfd = -1;

    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = function == NULL
                     ? ENOSYS
                     : function(call->pid_null ? NULL : &pidfd, call->path, &call->actions,
                                call->attributes_null ? NULL : &call->attributes, call_argv(call), call_envp(call));
    /* The descriptor is that of the child. */
    report_ended(name, result, errno, call->pid_null ? P_ALL : P_PIDFD, pidfd);
    if (pidfd >= 0 && close(pidfd) < 0)
        perror(name);
}

void call_pidfd_spawn(struct call *call, const char *operand)
{
    (void)operand;
    spawn_pidfd(call, "pidfd_spawn", pidfd_spawn);
}

void call_pidfd_spawnp(struct call *call, const char *operand)
{
    (void)operand;
    spawn_pidfd(call, "pidfd_spawnp", pidfd_spawnp);
}
