/* dlopen, as an interpreter loads its extensions; the module then leaves root by its own call of setuid. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "call.h"

void call_dlopen(struct call *call, const char *operand)
{
    (void)call; /* no setting speaks of it */
    void *handle = dlopen(operand, RTLD_NOW | RTLD_DEEPBIND);
    void *function = handle != NULL ? dlsym(handle, "leave_root") : NULL;

    call_report("dlopen", handle != NULL ? 0 : -1, handle != NULL ? 0 : ENOENT);
    if (function != NULL)
        call_report("leave_root", (*(int (**)(void)) & function)(), errno);
}
