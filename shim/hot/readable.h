/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What a caller gives need not be memory. The kernel answers that with EFAULT, and so does a wrapper that has to look at it
 * first: it does not begin. One system call a page, but for the last few pages.
 */
#include <stdbool.h>

/* NULL, or a list of strings that ends with NULL: whether all of it can be read. */
bool ck_readable_list(char *const *list);
