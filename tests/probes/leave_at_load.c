/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A module that leaves root when it is loaded, and executes what LEAVE_AT_LOAD names. */
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void leave(void)
{
    char *argv[] = {getenv("LEAVE_AT_LOAD"), NULL};

    if (setuid(65534) == 0 && argv[0] != NULL)
        execv(argv[0], argv);
}
