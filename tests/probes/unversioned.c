/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <spawn.h>

int start(const char *path, char *const argv[], char *const envp[]);

int start(const char *path, char *const argv[], char *const envp[])
{
    return posix_spawn(0, path, 0, 0, argv, envp);
}
