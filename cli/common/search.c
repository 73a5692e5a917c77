/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit.h"

static int fail(const char *name, int error)
{
    fprintf(stderr, "capkeep: %s: %s\n", name, strerror(error));
    return error == ENOENT ? CK_EXIT_NOT_FOUND : CK_EXIT_NOT_EXECUTABLE;
}

/*
 * 0, or the errno with which execve would answer. It is not eaccess(3) that is asked: between a real and an effective
 * uid that are the same it falls back on access(2), which takes no capability of a user into account.
 */
static int try_file(const char *path)
{
    struct stat file;

    if (stat(path, &file) < 0)
        return errno;
    return S_ISREG(file.st_mode) && faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 ? 0 : EACCES;
}

int ck_search_find(const char *name, char ret_path[PATH_MAX])
{
    const char *path = getenv("PATH");
    bool denied = false;

    if (strlen(name) >= PATH_MAX)
        return fail(name, ENAMETOOLONG);
    if (strchr(name, '/') != NULL || *name == '\0') {
        strcpy(ret_path, name);
        int error = try_file(name);
        return error == 0 ? 0 : fail(name, error);
    }
    for (const char *entry = path != NULL ? path : "/bin:/usr/bin";; entry++) { /* confstr(_CS_PATH) */
        size_t length = strcspn(entry, ":");
        int size = snprintf(ret_path, PATH_MAX, "%.*s%s%s", (int)length, entry, length > 0 ? "/" : "", name);

        if (size > 0 && size < PATH_MAX) {
            int error = try_file(ret_path);
            if (error == 0)
                return 0;
            denied |= error == EACCES;
        }
        entry += length;
        if (*entry == '\0')
            return fail(name, denied ? EACCES : ENOENT);
    }
}

int ck_search_execute(const char *path, char *const argv[])
{
    char with_directory[PATH_MAX + 2];

    /* A path without a slash, from an empty entry of PATH, would be searched for again. */
    snprintf(with_directory, sizeof(with_directory), "%s%s", strchr(path, '/') == NULL ? "./" : "", path);
    execvp(with_directory, argv);
    return fail(argv[0], errno);
}
