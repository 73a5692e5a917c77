/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shell.h"

#include <string.h>

static bool has_name(const char *path, const char *const *names)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    while (*names != NULL && strcmp(name, *names) != 0)
        names++;
    return *names != NULL;
}

bool ck_shell_is_one(const char *path)
{
    static const char *const names[] = {"sh",   "dash", "bash", "rbash", "ash",  "busybox", "ksh",  "ksh93", "mksh",
                                        "lksh", "yash", "posh", "zsh",   "tcsh", "csh",     "fish", NULL};

    return has_name(path, names);
}

bool ck_shell_is_between(const char *launcher)
{
    static const char *const names[] = {"cron", "crond", "atd", "su", "login", "sshd", "sshd-session", NULL};

    return has_name(launcher, names);
}
