/*
 * posix_spawn and pidfd_spawn: the child inherits the sets of the calling thread, so they are raised here for the length of the call
 * and put back after it, whatever it returned. Nothing runs in the child, which shares our memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

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

static int run(const struct spawn_call *call, const char *program)
{
    const struct ck_state *state = ck_state_get();
    const struct ck_target target = {AT_FDCWD, program, 0};
    int saved_errno = errno;
    short flags = 0;
    struct ck_exec exec;

    if (call->attributes != NULL)
        (void)ck_real.posix_spawnattr_getflags(call->attributes, &flags); /* it cannot fail */
    unsigned how = CK_EXEC_SPAWNS | ((flags & POSIX_SPAWN_RESETIDS) != 0 ? CK_EXEC_RESETS_IDS : 0U);
    int result = ck_funnel_exec_begin(state, call->name, &target, call->envp, how, &exec);
    errno = saved_errno;
    if (result < 0)
        return -result;
    char *pointers[exec.need.pointers + 1];
    char bytes[exec.need.bytes + 1];
    char *words[exec.is_supervised ? ck_exec_supervised_count(call->argv) : 1];
    char *const *env = ck_exec_environ(&exec, call->envp, pointers, bytes);
    if (exec.is_supervised)
        ck_exec_supervised(state, program, call->argv, words);
    if (!exec.is_supervised ||
        call->real(call->pid, state->supervisor, call->actions, call->attributes, words, env) != 0)
        result = call->real(call->pid, call->file, call->actions, call->attributes, call->argv, env);
    ck_funnel_exec_end(&exec);
    return result;
}

/* The first file of that name in PATH that may be executed, as the child's own search will find it. */
static const char *find(const char *file, char *candidate, size_t size)
{
    const char *path = ck_environ_find(environ, "PATH");
    size_t file_length = strlen(file);

    if (strchr(file, '/') != NULL)
        return file;
    if (path == NULL)
        path = "/bin:/usr/bin"; /* confstr(_CS_PATH) */
    for (;; path++) {
        size_t length = strcspn(path, ":");

        if (length + file_length + 2 <= size) {
            memcpy(candidate, path, length);
            candidate[length] = '/';
            memcpy(candidate + length + (length > 0), file, file_length + 1);
            if (ck_real.faccessat(AT_FDCWD, candidate, X_OK, AT_EACCESS) == 0)
                return candidate;
        }
        path += length;
        if (*path == '\0')
            return file;
    }
}

static int run_by_path(const struct spawn_call *call)
{
    const struct ck_state *state = ck_state_get();
    char candidate[PATH_MAX];
    int saved_errno = errno;
    bool is_found = state->armed && state->policy != NULL;
    const char *program = is_found ? find(call->file, candidate, sizeof(candidate)) : call->file;

    errno = saved_errno;
    return run(call, program);
}

enum spawn_row { POSIX_SPAWN, POSIX_SPAWNP, PIDFD_SPAWN, PIDFD_SPAWNP };

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
};

/* The row comes last: the arguments before it stay where the caller has put them. */
static int spawn(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[], enum spawn_row row)
{
    spawn_function *real = (spawn_function *)ck_state_get()->real[rows[row].real];
    const struct spawn_call call = {rows[row].name, real, pid, file, actions, attributes, argv, envp};

    if (real == NULL)
        return ENOSYS;
    return rows[row].searches ? run_by_path(&call) : run(&call, file);
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
