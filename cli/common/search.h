/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* COMMAND, as execvp(3) finds it. */
#include <limits.h>

/*
 * Writes the path of the file that `name` stands for to ret_path. Returns 0, or 126 (found, but not to be executed by
 * this user) or 127 (not found) with the reason on stderr.
 */
int ck_search_find(const char *name, char ret_path[PATH_MAX]);

/* Executes `path` with `argv`. Returns only on failure: 126 or 127 with the reason on stderr. */
int ck_search_execute(const char *path, char *const argv[]);
