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

static void spawn(const struct call *call, const char *name, spawn_function *function)
{
    pid_t pid = -1;

    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = function(call->pid_null ? NULL : &pid, call->path, &call->actions,
                          call->attributes_null ? NULL : &call->attributes, call_argv(call), call_envp(call));
    call_report(name, result, errno);
    if (result == 0)
        call_wait(pid);
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
    siginfo_t child = {0};
    int pidfd = -1;

    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = function == NULL
                     ? ENOSYS
                     : function(call->pid_null ? NULL : &pidfd, call->path, &call->actions,
                                call->attributes_null ? NULL : &call->attributes, call_argv(call), call_envp(call));
    call_report(name, result, errno);
    if (result != 0)
        return;
    /* The descriptor is that of the child. */
    if (!call->pid_null && (waitid(P_PIDFD, (id_t)pidfd, &child, WEXITED | WNOWAIT) < 0 || close(pidfd) < 0))
        perror(name);
    call_wait(call->pid_null ? -1 : child.si_pid);
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
