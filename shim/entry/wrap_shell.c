/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system and popen start /bin/sh with the environment of the process, which belongs to the host and its other threads.
 * So another one is put in its place for the length of the call only where there is no other thread that could look at
 * it meanwhile; else the shell gets the process's own, and cleans it by itself where it has no uid 0.
 */
#include <errno.h>
#include <fcntl.h>

#include "../hot/scratch.h"
#include "../hot/sys.h"
#include "exec_call.h"
#include "real.h"

struct shell_call {
    const char *name;
    __typeof__(&popen) open; /* NULL for system */
    const char *command;
    const char *type;
};

static void *run_real(const struct shell_call *call, int *ret_status)
{
    if (call->open != NULL)
        return call->open(call->command, call->type);
    *ret_status = ck_real.system(call->command);
    return NULL;
}

/*
 * Calls the C library with `exec`'s environment in the place of the process's own. It is not on the stack: a handler that
 * jumps out of system(3) leaves it in its place.
 */
static void *run_with_environ(const struct shell_call *call, const struct ck_exec *exec, int *ret_status)
{
    size_t pointers = (exec->need.pointers + 1) * sizeof(char *);
    size_t size = pointers + exec->need.bytes + 1;
    char *memory = ck_scratch_take(size);
    char **own = environ;
    char *const *other = own;

    if (memory != NULL)
        (void)ck_exec_environ(exec, own, (char **)(void *)memory, memory + pointers, &other); /* no thread is there */
    environ = (char **)other;
    void *result = run_real(call, ret_status);
    /* A handler may have changed it meanwhile: then it is what that has made of it. */
    if (environ != other)
        return result;
    environ = own;
    ck_scratch_give_back(memory, size);
    return result;
}

/* Returns false where a change of uid has overtaken it; else popen's stream is in *ret_stream, or system's status. */
static bool run_once(const struct shell_call *call, unsigned how, void **ret_stream, int *ret_status)
{
    const struct ck_state *state = ck_state_get();
    const struct ck_target shell = {AT_FDCWD, "/bin/sh", 0};
    bool alone = ck_sys_count_threads() == 1;
    struct ck_exec exec;
    int result = ck_funnel_exec_begin(state, call->name, &shell, NULL, environ,
                                      how | CK_EXEC_SHELL | CK_EXEC_SPAWNS | (alone ? 0U : CK_EXEC_AS_IT_IS), &exec);

    if (result < 0) {
        errno = -result;
        return true;
    }
    bool is_ready = ck_funnel_exec_go(&exec);
    /* The library in the shell takes itself out of the environment; only where it may not be there is it left out here. */
    bool is_swapped = alone && !exec.need.same && (exec.mode != CK_ENVIRON_STRIP || !exec.takes_library);
    if (is_ready && is_swapped)
        *ret_stream = run_with_environ(call, &exec, ret_status);
    else if (is_ready)
        *ret_stream = run_real(call, ret_status);
    ck_funnel_exec_end(&exec);
    return is_ready;
}

/* Returns popen's stream, or NULL with system's status in *ret_status. */
static void *run(const struct shell_call *call, int *ret_status)
{
    void *stream = NULL;

    *ret_status = -1;
    if (!ck_funnel_exec_matters(ck_state_get(), "/bin/sh", environ))
        return run_real(call, ret_status);
    for (int attempt = 1; !run_once(call, attempt < CK_EXEC_ATTEMPTS ? 0U : CK_EXEC_REGARDLESS, &stream, ret_status);
         attempt++)
        continue;
    return stream;
}

int system(const char *command)
{
    int status;

    if (command == NULL) {
        (void)ck_state_get(); /* for the pointer */
        return ck_real.system(command);
    }
    (void)run(&(struct shell_call){"system", NULL, command, NULL}, &status); /* its stream is popen's alone */
    return status;
}

FILE *popen(const char *command, const char *type)
{
    int status;

    (void)ck_state_get(); /* for the pointer */
    return run(&(struct shell_call){"popen", ck_real.popen, command, type}, &status);
}

#ifdef CK_OLD_STREAMS
__typeof__(popen) ck_old_popen;
CK_EXPORT_OLD(ck_old_popen, popen, CK_OLD_STREAMS);

FILE *ck_old_popen(const char *command, const char *type)
{
    int status;

    (void)ck_state_get(); /* as above */
    return run(&(struct shell_call){"popen", ck_real.old_popen, command, type}, &status);
}
#endif
