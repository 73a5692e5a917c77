/*
 * system and popen start /bin/sh with the environment of the process, which belongs to the host and its other threads:
 * it is not rewritten here, so a launcher with uid 0 that has emptied it loses the preload on this road. A shell
 * without a uid 0 cleans its own environment when our library is loaded into it.
 */
#include <errno.h>
#include <fcntl.h>

#include "exec_call.h"
#include "real.h"

static int begin(const struct ck_state *state, const char *name, struct ck_exec *ret_exec)
{
    const struct ck_target shell = {AT_FDCWD, "/bin/sh", 0};
    int saved_errno = errno;
    int result = ck_funnel_exec_begin(state, name, &shell, environ, true, false, ret_exec);

    errno = result < 0 ? -result : saved_errno;
    return result;
}

static void end(const struct ck_exec *exec)
{
    int saved_errno = errno;

    ck_funnel_exec_end(exec);
    errno = saved_errno;
}

int system(const char *command)
{
    const struct ck_state *state = ck_state_get();
    struct ck_exec exec;

    if (command == NULL)
        return ck_real.system(command);
    if (begin(state, "system", &exec) < 0)
        return -1;
    int result = ck_real.system(command);
    end(&exec);
    return result;
}

FILE *popen(const char *command, const char *type)
{
    const struct ck_state *state = ck_state_get();
    struct ck_exec exec;

    if (begin(state, "popen", &exec) < 0)
        return NULL;
    FILE *result = ck_real.popen(command, type);
    end(&exec);
    return result;
}
