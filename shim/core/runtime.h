/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Libraries that stop a program in which another one comes before them. Pure. */
#include <stdbool.h>
#include <stddef.h>

/* Of a name, so much is looked at. */
#define CK_RUNTIME_MAX 64U

/*
 * Whether a library of this name, with or without a directory, has to be the first behind the program itself: what GCC and
 * clang link for AddressSanitizer, unless they link it statically. The other sanitizers do not mind.
 */
bool ck_runtime_is_first(const char *name, size_t length);
