/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RTLD_DEEPBIND makes a module prefer the C library's own functions to every preloaded one (dlopen(3)); PHP's command
 * line loads all its extensions so. Where there is a policy the flag is dropped.
 */
#include "funnel.h"
#include "real.h"

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0 /* musl has none */
#endif

static int without_deep_binding(int mode)
{
    const struct ck_state *state = ck_state_get();

    return state->armed && state->policy != NULL ? mode & ~RTLD_DEEPBIND : mode;
}

/*
 * Both look at their return address for the caller's RUNPATH, by which a bare name is found, so the real call has to be the
 * last thing done: compiled with optimisation it is a jump, and the caller stays the caller.
 */
void *dlopen(const char *file, int mode)
{
    mode = without_deep_binding(mode);
    return ck_real.dlopen(file, mode);
}

/* In another space than the program's own there is another C library, and nothing that is preloaded. */
void *dlmopen(Lmid_t space, const char *file, int mode)
{
    if (space == LM_ID_BASE)
        mode = without_deep_binding(mode);
    else
        (void)ck_state_get(); /* for the pointer */
    if (ck_real.dlmopen == NULL) {
        errno = ENOSYS;
        return NULL;
    }
    return ck_real.dlmopen(space, file, mode);
}

#ifdef CK_OLD_LOADER
/* The version between the old one and today's is as today's. */
__typeof__(dlopen) ck_dlopen;
CK_EXPORT_OLD(ck_dlopen, dlopen, "GLIBC_2.1");
CK_EXPORT_OLD(dlopen, dlopen, "@@GLIBC_2.34"); /* the default; named here, ld exports it from an archive as well */
__typeof__(dlopen) ck_old_dlopen;
CK_EXPORT_OLD(ck_old_dlopen, dlopen, CK_OLD_LOADER);

void *ck_dlopen(const char *file, int mode)
{
    mode = without_deep_binding(mode);
    return ck_real.dlopen(file, mode);
}

void *ck_old_dlopen(const char *file, int mode)
{
    mode = without_deep_binding(mode);
    return ck_real.old_dlopen(file, mode);
}
#endif
