#include <errno.h>
#include <spawn.h>
#include <stdio.h>

#include "call.h"

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
