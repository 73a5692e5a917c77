/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* How a file stands to a user: whose it is, and what is in the way to it. */
#include <stdbool.h>
#include <stddef.h>

#include "../common/account.h"

/*
 * "PATH is of 0:4, mode 0640"; or the same of the first directory on the way that the user may not search. As it is
 * now. Returns false where there is no such file, or the path is not absolute.
 */
bool ck_learn_file_describe(const char *path, const struct ck_account *account, char *ret_text, size_t size);
