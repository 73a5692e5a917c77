/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"

int ck_output_close(int status)
{
    bool has_failed = ferror(stdout) != 0;
    int error = 0;

    /* A full disk may be told at the end only (NFS, quotas). One that was closed from the beginning is no loss by itself. */
    if (fflush(stdout) != 0 || (close(STDOUT_FILENO) < 0 && errno != EBADF)) {
        has_failed = true;
        error = errno;
    }
    if (!has_failed)
        return status;
    fprintf(stderr, "capkeep: standard output: %s\n", error != 0 ? strerror(error) : "not all of it could be written");
    return CK_EXIT_FAILED;
}

FILE *ck_output_open(const char *verb, const char *path, FILE *otherwise)
{
    FILE *out = path != NULL ? fopen(path, "we") : otherwise;

    if (out == NULL)
        (void)ck_fail(verb, "%s: %s", path, strerror(errno));
    return out;
}

bool ck_output_end(const char *verb, const char *path, FILE *out)
{
    bool has_failed = ferror(out) != 0;

    if (path != NULL)
        has_failed |= fclose(out) != 0;
    else
        has_failed |= fflush(out) != 0;
    if (has_failed && path != NULL)
        (void)ck_fail(verb, "%s could not be written in full", path);
    return !has_failed;
}
