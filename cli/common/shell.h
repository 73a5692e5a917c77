/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Shells: what they are given to do is done by what they execute, and so is a change of user. */
#include <stdbool.h>

/* Whether the file at this path, without links, is a shell: by its name, as shells(5) has them. */
bool ck_shell_is_one(const char *path);

/*
 * Whether this launcher, by its name, executes a shell for whatever it is to start: crond(8), at(1), su(1). A user's login
 * shell may be any program, as /etc/passwd has it.
 */
bool ck_shell_is_between(const char *launcher);
