/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec_call.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "real.h"

bool ck_exec_environ(const struct ck_exec *exec, char *const *envp, char **pointers, char *bytes,
                     char *const **ret_envp)
{
    *ret_envp = envp;
    if (exec->need.same)
        return true;
    if (!ck_environ_write(exec->mode, exec->carry, envp, &exec->need, pointers, bytes))
        return (exec->how & CK_EXEC_REGARDLESS) != 0;
    *ret_envp = pointers;
    return true;
}

/* Without --if-possible, where ptrace is forbidden a host that boots today would not boot tomorrow. */
static const char supervise[][20] = {"run", "--method=ptrace", "--if-possible", "--argv0"};
enum { SUPERVISE_WORDS = sizeof(supervise) / sizeof(supervise[0]) };

size_t ck_exec_supervised_count(char *const *argv)
{
    size_t count = 0;

    while (argv != NULL && argv[count] != NULL)
        count++;
    /* The command's own name; argv[0], which may not be there; "--", the path, and the NULL at the end. */
    return 1 + SUPERVISE_WORDS + 1 + 2 + (count > 0 ? count - 1 : 0) + 1;
}

void ck_exec_supervised(const struct ck_state *state, const char *path, char *const *argv, char **words)
{
    bool has_name = argv != NULL && argv[0] != NULL;

    *words++ = (char *)state->supervisor;
    for (size_t i = 0; i < SUPERVISE_WORDS; i++)
        *words++ = (char *)supervise[i];
    /* Linux gives a program that is executed without any argument an empty one (do_execveat_common). */
    *words++ = has_name ? argv[0] : (char *)"";
    *words++ = (char *)"--";
    *words++ = (char *)path;
    for (size_t i = 1; has_name && argv[i] != NULL; i++)
        *words++ = argv[i];
    *words = NULL;
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

/* Asks whether a file could be executed, and executes nothing (Linux 6.14). */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

/*
 * Returns false where a change of uid, or of the environment, has overtaken it; else what the call returns is in
 * *ret_result.
 */
static bool run_once(const struct ck_exec_call *call, unsigned how, int *ret_result)
{
    const struct ck_state *state = ck_state_get();
    struct ck_exec exec;
    int result = ck_funnel_exec_begin(state, call->name, &call->target, call->argv, call->envp, how, &exec);

    *ret_result = -1;
    if (result < 0) {
        errno = -result;
        return true;
    }
    /* On the stack, as glibc's own execl has it: between fork and exec there is no heap. */
    char *pointers[exec.need.pointers + 1];
    char bytes[exec.need.bytes + 1];
    char *words[exec.is_supervised ? ck_exec_supervised_count(call->argv) : 1];
    char *const *envp;
    bool fits = ck_exec_environ(&exec, call->envp, pointers, bytes, &envp);
    int saved_errno = errno;
    if (exec.is_supervised)
        ck_exec_supervised(state, call->target.path, call->argv, words);
    bool is_ready = ck_funnel_exec_go(&exec) && fits;
    if (is_ready && exec.is_supervised) {
        /* Where the command is not to be had any more, as in a chroot, the program starts as if none had been asked for. */
        (void)ck_real.execve(state->supervisor, words, envp);
        errno = saved_errno;
    }
    if (is_ready)
        *ret_result = run_real(call, envp);
    ck_funnel_exec_end(&exec);
    return is_ready;
}

int ck_exec_run(const struct ck_exec_call *call)
{
    int result = -1;

    if ((call->target.flags & AT_EXECVE_CHECK) != 0 || !ck_state_get()->armed)
        return run_real(call, call->envp);
    for (int attempt = 1; !run_once(call, attempt < CK_EXEC_ATTEMPTS ? 0 : CK_EXEC_REGARDLESS, &result); attempt++)
        continue;
    return result;
}

const char *ck_default_path(void)
{
    return ck_state_get()->glibc ? "/bin:/usr/bin" : "/usr/local/bin:/bin:/usr/bin";
}

void ck_path_join(const char *directory, size_t length, const char *file, char *ret_path)
{
    memcpy(ret_path, directory, length);
    ret_path[length] = '/';
    memcpy(ret_path + length + (length > 0), file, strlen(file) + 1);
}
