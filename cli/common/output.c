/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
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
