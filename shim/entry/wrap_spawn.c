/*
 * posix_spawn: the child inherits the sets of the calling thread, so they are raised here for the length of the call
 * and put back after it, whatever it returned. Nothing runs in the child, which shares our memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "exec_call.h"
#include "real.h"

typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
                           char *const[], char *const[]);

static int run(spawn_function *real, const char *name, const char *program, pid_t *pid, const char *file,
               const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const argv[],
               char *const envp[])
{
    const struct ck_state *state = ck_state_get();
    const struct ck_target target = {AT_FDCWD, program, 0};
    int saved_errno = errno;
    short flags = 0;
    struct ck_exec exec;

    if (attributes != NULL)
        (void)ck_real.posix_spawnattr_getflags(attributes, &flags); /* it cannot fail */
    unsigned how = CK_EXEC_SPAWNS | ((flags & POSIX_SPAWN_RESETIDS) != 0 ? CK_EXEC_RESETS_IDS : 0U);
    int result = ck_funnel_exec_begin(state, name, &target, envp, how, &exec);
    errno = saved_errno;
    if (result < 0)
        return -result;
    char *pointers[exec.need.pointers + 1];
    char bytes[exec.need.bytes + 1];
    char *words[exec.is_supervised ? ck_exec_supervised_count(argv) : 1];
    char *const *env = ck_exec_environ(&exec, envp, pointers, bytes);
    if (exec.is_supervised)
        ck_exec_supervised(state, program, argv, words);
    if (!exec.is_supervised || real(pid, state->supervisor, actions, attributes, words, env) != 0)
        result = real(pid, file, actions, attributes, argv, env);
    ck_funnel_exec_end(&exec);
    return result;
}

int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])
{
    (void)ck_state_get(); /* for the pointer */
    return run(ck_real.posix_spawn, "posix_spawn", path, pid, path, actions, attributes, argv, envp);
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

int posix_spawnp(pid_t *restrict pid, const char *restrict file, const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const argv[restrict], char *const envp[restrict])
{
    const struct ck_state *state = ck_state_get();
    char candidate[PATH_MAX];
    int saved_errno = errno;
    const char *program = state->armed && state->policy != NULL ? find(file, candidate, sizeof(candidate)) : file;

    errno = saved_errno;
    return run(ck_real.posix_spawnp, "posix_spawnp", program, pid, file, actions, attributes, argv, envp);
}
