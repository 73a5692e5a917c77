/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dlopen, as an interpreter loads its extensions; the module then leaves root by its own call of setuid. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "call.h"
#include "leave_root.h"

#if defined(CALL_OLD_VERSIONS) && defined(__i386__)
__asm__(".symver dlopen,dlopen@GLIBC_2.0");
#endif

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0 /* musl has none */
#endif

/* The module's library has one as well. */
const char *who_am_i(void)
{
    return "the program";
}

void call_dlerror(struct call *call, const char *operand)
{
    (void)call;
    (void)operand;
    printf("dlerror: %s\n", dlerror() != NULL ? "some" : "none");
}

static void use(struct call *call, const char *name, void *handle)
{
    call_dlerror(call, name);
    call_report(name, handle != NULL ? 0 : -1, handle != NULL ? 0 : ENOENT);
    if (handle == NULL)
        return;
    void *says = dlsym(handle, "module_says");
    if (says != NULL)
        printf("who_am_i: %s\n", (*(const char *(**)(void)) & says)());
    void *leave = dlsym(handle, "leave_root");
    if (leave != NULL)
        call_report("leave_root", (*(int (**)(void))&leave)(), errno);
}

void call_dlopen(struct call *call, const char *operand)
{
#ifdef CALL_OLD_VERSIONS
    use(call, "dlopen", dlopen(operand, RTLD_DEEPBIND)); /* and lazily, if nothing is said of it */
#else
    use(call, "dlopen", dlopen(operand, RTLD_LAZY | RTLD_DEEPBIND));
#endif
}

/* "new:FILE" is for a space of its own; musl knows only one. */
void call_dlmopen(struct call *call, const char *operand)
{
#ifdef __GLIBC__
    bool is_new = strncmp(operand, "new:", 4) == 0;

    use(call, "dlmopen",
        dlmopen(is_new ? LM_ID_NEWLM : LM_ID_BASE, is_new ? operand + 4 : operand,
                RTLD_LAZY | (is_new ? 0 : RTLD_DEEPBIND)));
#else
    call_dlopen(call, operand);
#endif
}
