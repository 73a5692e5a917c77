/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "library.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/cold/load.h"
#include "../../shim/core/environ_rewrite.h"
#include "../../shim/hot/program.h"

/* Opens the library switched off: it is not to act in this process. */
static void *try_open(const char *library)
{
    setenv(CK_VARIABLE_DISABLE, "1", 1);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    unsetenv(CK_VARIABLE_DISABLE);
    return handle;
}

/*
 * Of the installed library the path is taken, which musl's loader understands as well, unless it is installed for two
 * word sizes: then the bare name, which each architecture's ld.so looks for in its own directories.
 */
static const char *find_installed(void)
{
    return ck_program_has_foreign_library() && try_open(CK_LIBRARY_NAME) != NULL ? CK_LIBRARY_NAME : CK_LIBRARY;
}

/* Beside the build's own command lies the build's own library; an installed command uses the installed one. */
const char *ck_library_find(void)
{
    static char resolved[PATH_MAX];
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash = length > 0 ? memrchr(path, '/', (size_t)length) : NULL;

    if (slash == NULL || (size_t)(slash - path) >= sizeof(path) - 64)
        return find_installed();
    strcpy(slash, "/../shim/" CK_LIBRARY_NAME);
    return realpath(path, resolved) != NULL ? resolved : find_installed();
}

/* For dl_iterate_phdr(3). */
static int is_library(struct dl_phdr_info *object, size_t size, void *context)
{
    const char *slash = strrchr(object->dlpi_name, '/');

    (void)size; /* both C libraries have the name */
    (void)context;
    return strcmp(slash != NULL ? slash + 1 : object->dlpi_name, CK_LIBRARY_NAME) == 0;
}

/* Of what is loaded: dlopen with RTLD_NOLOAD looks through all directories of libraries for a name that is not. */
bool ck_library_is_everywhere(void)
{
    const char *list = getenv("LD_PRELOAD");
    const char *entry;

    if (list != NULL && ck_preload_find(list, &entry) > 0)
        return false;
    return dl_iterate_phdr(is_library, NULL) != 0;
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
    if (try_open(library) != NULL)
        return 0;
    fprintf(stderr, "capkeep: the library cannot be loaded: %s\n", dlerror());
    return -1;
}
