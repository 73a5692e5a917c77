#include "library.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../shim/cold/load.h"
#include "../shim/core/environ_rewrite.h"

/* Beside the build's own command lies the build's own library; an installed command uses the installed one. */
const char *ck_library_find(void)
{
    static char resolved[PATH_MAX];
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;

    if (slash == NULL || (size_t)(slash - path) >= sizeof(path) - 64)
        return CK_LIBRARY;
    strcpy(slash, "/../shim/" CK_LIBRARY_NAME);
    return realpath(path, resolved) != NULL ? resolved : CK_LIBRARY;
}

/*
 * ld.so ignores a preload that it cannot load, which would silently keep nothing; so it is loaded here first, switched
 * off. A path with one of ld.so's own separators cannot be preloaded at all.
 */
int ck_library_check(const char *library)
{
    if (strpbrk(library, " :") != NULL) {
        fprintf(stderr, "capkeep: %s: a path with a blank or a colon cannot be preloaded\n", library);
        return -1;
    }
    setenv(CK_VARIABLE_DISABLE, "1", 1);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    unsetenv(CK_VARIABLE_DISABLE);
    if (handle != NULL)
        return 0;
    fprintf(stderr, "capkeep: the library cannot be loaded: %s\n", dlerror());
    return -1;
}

int ck_library_preload(const char *library)
{
    const char *old = getenv("LD_PRELOAD");
    char *value = NULL;
    bool any = old != NULL && *old != '\0';
    int length = asprintf(&value, "%s%s%s", library, any ? ":" : "", any ? old : "");

    if (length >= 0 && setenv("LD_PRELOAD", value, 1) == 0) {
        free(value);
        return 0;
    }
    perror("capkeep: LD_PRELOAD");
    return -1;
}
