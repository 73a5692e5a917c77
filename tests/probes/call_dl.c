/* dlopen, as an interpreter loads its extensions; the module then leaves root by its own call of setuid. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "call.h"
#include "leave_root.h"

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

void call_dlopen(struct call *call, const char *operand)
{
    void *handle = dlopen(operand, RTLD_LAZY | RTLD_DEEPBIND);

    call_dlerror(call, operand);
    call_report("dlopen", handle != NULL ? 0 : -1, handle != NULL ? 0 : ENOENT);
    if (handle == NULL)
        return;
    void *says = dlsym(handle, "module_says");
    if (says != NULL)
        printf("who_am_i: %s\n", (*(const char *(**)(void)) & says)());
    void *leave = dlsym(handle, "leave_root");
    if (leave != NULL)
        call_report("leave_root", (*(int (**)(void)) & leave)(), errno);
}
