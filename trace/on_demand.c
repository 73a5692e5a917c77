/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "on_demand.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

/* cli/common/exit.h: capkeep itself failed. */
enum { FAILED = 125 };

void ck_on_demand(const char *library, const char *const *names, void **pointers, size_t count)
{
    if (pointers[0] != NULL)
        return;
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = count; handle != NULL && i-- > 0;) {
        pointers[i] = dlsym(handle, names[i]);
        if (pointers[i] == NULL)
            handle = NULL;
    }
    if (handle != NULL)
        return;
    fprintf(stderr, "capkeep: %s\n", dlerror());
    exit(FAILED);
}
