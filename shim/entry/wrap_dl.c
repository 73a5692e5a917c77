/*
 * RTLD_DEEPBIND makes a module prefer the C library's own functions to every preloaded one (dlopen(3)); PHP's command
 * line loads all its extensions so.
 */
#include <string.h>

#include "funnel.h"
#include "real.h"
#include "rebind.h"

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0 /* musl has none */
#endif

static void *open_and_rebind(const char *file, int mode)
{
    unsigned long long loads = ck_rebind_count_loads();
    void *handle = ck_real.dlopen(file, mode);

    if (handle != NULL)
        ck_rebind(handle, loads);
    return handle;
}

/*
 * dlopen looks at its return address for the caller's RUNPATH, by which a bare name is found, so for those the real call
 * has to be the last thing done: compiled with optimisation it is a jump, and the caller stays the caller. Such a module
 * is then loaded without the flag, as nobody is left to point its references at the wrappers.
 */
void *dlopen(const char *file, int mode)
{
    const struct ck_state *state = ck_state_get();

    if (state->armed && state->policy != NULL && state->glibc && file != NULL && (mode & RTLD_DEEPBIND) != 0) {
        if (file[0] == '/')
            return open_and_rebind(file, mode);
        mode &= ~RTLD_DEEPBIND;
    }
    return ck_real.dlopen(file, mode);
}
