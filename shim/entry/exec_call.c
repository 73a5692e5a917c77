#include "exec_call.h"

#include <errno.h>
#include <sys/syscall.h>

#include "real.h"

char *const *ck_exec_environ(const struct ck_exec *exec, char *const *envp, char **pointers, char *bytes)
{
    if (exec->need.same)
        return envp;
    ck_environ_write(exec->mode, exec->carry, envp, pointers, bytes);
    return pointers;
}

static int run_real(const struct ck_exec_call *call, char *const *envp)
{
    switch (call->kind) {
    case CK_EXECVE:
        return ck_real.execve(call->target.path, call->argv, envp);
    case CK_FEXECVE:
        return ck_real.fexecve(call->target.dirfd, call->argv, envp);
    case CK_EXECVEAT:
        break;
    }
    if (ck_real.execveat != NULL)
        return ck_real.execveat(call->target.dirfd, call->target.path, call->argv, envp, call->target.flags);
    return (int)ck_real.syscall(SYS_execveat, call->target.dirfd, call->target.path, call->argv, envp,
                                call->target.flags);
}

int ck_exec_run(const struct ck_exec_call *call)
{
    const struct ck_state *state = ck_state_get();
    int saved_errno = errno;
    struct ck_exec exec;
    int result = ck_funnel_exec_begin(state, call->name, &call->target, call->envp, 0, &exec);

    if (result < 0) {
        errno = -result;
        return -1;
    }
    /* On the stack, as glibc's own execl has it: between fork and exec there is no heap. */
    char *pointers[exec.need.pointers + 1];
    char bytes[exec.need.bytes + 1];
    errno = saved_errno;
    result = run_real(call, ck_exec_environ(&exec, call->envp, pointers, bytes));
    saved_errno = errno;
    ck_funnel_exec_end(&exec);
    errno = saved_errno;
    return result;
}
