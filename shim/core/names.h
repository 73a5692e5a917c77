/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Capability names. The table is generated from libcap when capkeep is built: names_table.h. */
#include <stdbool.h>
#include <stddef.h>

/* "cap_chown" for 0, and so on; NULL where the libcap of the build knew no name. */
const char *ck_cap_name(unsigned cap);

/*
 * The number of a capability written with or without "cap_", in any case, or as a number up to 63; -1 if it is none.
 */
int ck_cap_from_text(const char *text, size_t length);

/* Whether who has it can become root by it; cli/common/rootlike.c has the reasons. */
bool ck_cap_is_rootlike(unsigned cap);

/* The name that was probably meant, for an error message; NULL if there is none, or if it amounts to root. */
const char *ck_cap_nearest(const char *text, size_t length);
