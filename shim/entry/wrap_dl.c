/*
 * RTLD_DEEPBIND makes a module prefer the C library's own functions to every preloaded one (dlopen(3)); PHP's command
 * line loads all its extensions so. Where there is a policy the flag is dropped.
 */
#include "funnel.h"
#include "real.h"

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0 /* musl has none */
#endif

/*
 * dlopen looks at its return address for the caller's RUNPATH, by which a bare name is found, so the real call has to be
 * the last thing done: compiled with optimisation it is a jump, and the caller stays the caller.
 */
void *dlopen(const char *file, int mode)
{
    const struct ck_state *state = ck_state_get();

    if (state->armed && state->policy != NULL)
        mode &= ~RTLD_DEEPBIND;
    return ck_real.dlopen(file, mode);
}
