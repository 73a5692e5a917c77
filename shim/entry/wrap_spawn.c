/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * posix_spawn and pidfd_spawn: the child inherits the sets of the calling thread, so they are raised here for the length
 * of the call and put back after it, whatever it returned; one transaction holds all of that. Nothing of ours runs in the
 * child, which shares our memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "../hot/scratch.h"
#include "../hot/sys.h"
#include "exec_call.h"
#include "real.h"

typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                           char *const[], char *const[]);

struct spawn_call {
    const char *name;
    spawn_function *real;
    pid_t *pid; /* or the descriptor, an int as well */
    const char *file;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    char *const *argv;
    char *const *envp;
};

/*
 * The child is to have the caller's signal mask, not that of the transaction. glibc and musl both copy the attributes
 * whole; `own` is room for a copy.
 */
static const posix_spawnattr_t *with_mask(const struct ck_exec *exec, const posix_spawnattr_t *attributes, short flags,
                                          posix_spawnattr_t *own)
{
    sigset_t mask;

    if (!exec->is_begun || !exec->transaction.is_masked || (flags & POSIX_SPAWN_SETSIGMASK) != 0)
        return attributes;
    if (attributes != NULL)
        *own = *attributes;
    else
        (void)ck_real.posix_spawnattr_init(own); /* it cannot fail, as the next two */
    memset(&mask, 0, sizeof(mask));
    memcpy(&mask, &exec->transaction.mask, sizeof(exec->transaction.mask));
    (void)ck_real.posix_spawnattr_setsigmask(own, &mask);
    (void)ck_real.posix_spawnattr_setflags(own, (short)(flags | POSIX_SPAWN_SETSIGMASK));
    return own;
}

/*
 * What the actions are cannot be seen from here, but whether there are any: of both C libraries the field is NULL where
 * there are none. One of them may change the working directory, and a relative path is of that.
 */
static unsigned how_of(const struct spawn_call *call, const char *program, short flags)
{
    unsigned how = CK_EXEC_SPAWNS | CK_EXEC_HOLDS;

    if ((flags & POSIX_SPAWN_RESETIDS) != 0)
        how |= CK_EXEC_RESETS_IDS;
    if (call->actions != NULL && call->actions->__actions != NULL && strncmp(program, "/", 1) != 0)
        how |= CK_EXEC_UNKNOWN;
    return how;
}

static int start(const struct spawn_call *call, const char *program, const struct ck_exec *exec,
                 const posix_spawnattr_t *attributes, char *const *envp)
{
    const char *supervisor = exec->state->supervisor;
    char *words[exec->is_supervised ? ck_exec_supervised_count(call->argv) : 1];

    if (exec->is_supervised) {
        ck_exec_supervised(exec->state, program, call->argv, words);
        if (call->real(call->pid, supervisor, call->actions, attributes, words, envp) == 0)
            return 0;
    }
    return call->real(call->pid, call->file, call->actions, attributes, call->argv, envp);
}

/* Returns false where a change of the environment has overtaken it; else what the call returns is in *ret_result. */
static bool start_once(const struct spawn_call *call, const char *program, unsigned how, int *ret_result)
{
    const struct ck_state *state = ck_state_get();
    const struct ck_target target = {AT_FDCWD, program, 0};
    short flags = 0;
    posix_spawnattr_t own;
    struct ck_exec exec;

    if (call->attributes != NULL)
        (void)ck_real.posix_spawnattr_getflags(call->attributes, &flags); /* it cannot fail */
    int result = ck_funnel_exec_begin(state, call->name, &target, call->argv, call->envp,
                                      how | how_of(call, program, flags), &exec);
    *ret_result = -result;
    if (result < 0)
        return true;
    char *pointers[exec.need.pointers + 1];
    char bytes[exec.need.bytes + 1];
    char *const *envp;
    bool fits = ck_exec_environ(&exec, call->envp, pointers, bytes, &envp);
    if (fits)
        *ret_result = start(call, program, &exec, with_mask(&exec, call->attributes, flags, &own), envp);
    ck_funnel_exec_end(&exec);
    return fits;
}

static int run(const struct spawn_call *call, const char *program, unsigned how)
{
    int result;

    if (!ck_state_get()->armed)
        return call->real(call->pid, call->file, call->actions, call->attributes, call->argv, call->envp);
    for (int attempt = 1;
         !start_once(call, program, how | (attempt < CK_EXEC_ATTEMPTS ? 0U : CK_EXEC_REGARDLESS), &result); attempt++)
        continue;
    return result;
}

/* An entry of PATH, the file's name, a slash and the end. */
#define CANDIDATE_MAX (PATH_MAX + NAME_MAX + 2)

/* What the child's own search passes over (execvpe in both C libraries). */
static bool is_passed_over(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ENODEV || error == -ESTALE ||
           error == -ETIMEDOUT || error == -ELOOP || error == -ENAMETOOLONG;
}

/* 1 for what may be executed, 0 for what is passed over; negative errno where neither is known (a seccomp filter?). */
static int is_executable(const char *path)
{
    struct ck_file_stat stat;
    int result = ck_sys_access(AT_FDCWD, path, X_OK, 0);

    if (result >= 0 || result == -ENOSYS)
        result = ck_sys_statx(AT_FDCWD, path, 0, &stat);
    if (result < 0)
        return is_passed_over(result) ? 0 : result;
    return S_ISREG(stat.mode);
}

/*
 * The first file of that name in PATH that may be executed; `file` itself where there is none. NULL where it is not known
 * which one it will be.
 */
static const char *find(const char *file, char *candidate)
{
    const char *path = ck_environ_find(environ, "PATH");

    if (strchr(file, '/') != NULL || strnlen(file, NAME_MAX + 1) > NAME_MAX)
        return file;
    if (path == NULL)
        path = ck_default_path();
    for (;; path++) {
        size_t length = strcspn(path, ":");

        if (length < PATH_MAX) {
            ck_path_join(path, length, file, candidate);
            int result = is_executable(candidate);
            if (result != 0)
                return result > 0 ? candidate : NULL;
        }
        path += length;
        if (*path == '\0')
            return file;
    }
}

static int run_by_path(const struct spawn_call *call)
{
    if (!ck_funnel_exec_matters(ck_state_get(), call->file, call->envp))
        return run(call, call->file, 0);
    char *candidate = ck_scratch_take(CANDIDATE_MAX);
    const char *found = candidate != NULL ? find(call->file, candidate) : NULL;
    int result = found != NULL ? run(call, found, 0) : run(call, call->file, CK_EXEC_UNKNOWN);

    ck_scratch_give_back(candidate, CANDIDATE_MAX);
    return result;
}

enum spawn_row { POSIX_SPAWN, POSIX_SPAWNP, PIDFD_SPAWN, PIDFD_SPAWNP, OLD_POSIX_SPAWN, OLD_POSIX_SPAWNP };

#define PLACE(name) (offsetof(struct ck_real_calls, name) / sizeof(void *))

/* Arrays and a place in the table, not pointers, which would be relocated at each start. */
static const struct {
    char name[14];
    unsigned char real;
    bool searches;
} rows[] = {
    [POSIX_SPAWN] = {"posix_spawn", PLACE(posix_spawn), false},
    [POSIX_SPAWNP] = {"posix_spawnp", PLACE(posix_spawnp), true},
    [PIDFD_SPAWN] = {"pidfd_spawn", PLACE(pidfd_spawn), false},
    [PIDFD_SPAWNP] = {"pidfd_spawnp", PLACE(pidfd_spawnp), true},
#ifdef CK_OLD_SPAWN
    [OLD_POSIX_SPAWN] = {"posix_spawn", PLACE(old_posix_spawn), false},
    [OLD_POSIX_SPAWNP] = {"posix_spawnp", PLACE(old_posix_spawnp), true},
#endif
};

/* The row comes last: the arguments before it stay where the caller has put them. */
/* NOLINTNEXTLINE(readability-non-const-parameter): what it is handed to writes there */
static int spawn(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[], enum spawn_row row)
{
    spawn_function *real = (spawn_function *)ck_state_get()->real[rows[row].real];
    const struct spawn_call call = {rows[row].name, real, pid, file, actions, attributes, argv, envp};

    if (real == NULL)
        return ENOSYS;
    return rows[row].searches ? run_by_path(&call) : run(&call, file, 0);
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pid, path, actions, attributes, argv, envp, POSIX_SPAWN);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pid, file, actions, attributes, argv, envp, POSIX_SPAWNP);
}

int pidfd_spawn(int *restrict pidfd, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pidfd, path, actions, attributes, argv, envp, PIDFD_SPAWN);
}

int pidfd_spawnp(int *restrict pidfd, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pidfd, file, actions, attributes, argv, envp, PIDFD_SPAWNP);
}

#ifdef CK_OLD_SPAWN
__typeof__(posix_spawn) ck_old_posix_spawn;
__typeof__(posix_spawnp) ck_old_posix_spawnp;
CK_EXPORT_OLD(ck_old_posix_spawn, posix_spawn, CK_OLD_SPAWN);
CK_EXPORT_OLD(ck_old_posix_spawnp, posix_spawnp, CK_OLD_SPAWN);

int ck_old_posix_spawn(pid_t *restrict pid, const char *restrict path,
                       const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
                       char *const argv[restrict], char *const envp[restrict])
{
    return spawn(pid, path, actions, attributes, argv, envp, OLD_POSIX_SPAWN);
}

int ck_old_posix_spawnp(pid_t *restrict pid, const char *restrict file,
                        const posix_spawn_file_actions_t *restrict actions,
                        const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
                        char *const envp[restrict])
{
    return spawn(pid, file, actions, attributes, argv, envp, OLD_POSIX_SPAWNP);
}
#endif
