/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The name by which a program was executed, as the program itself is told it (AT_EXECFN). */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Of a thread that has just executed it and has not run since. "" where that cannot be read. */
void ck_execfn_read(pid_t tid, char *ret_path, size_t size);

/* The same of a process that runs, as far as it has not written over it. Its program is one of 64 bits, or of 32. */
void ck_execfn_find(pid_t pid, bool is_64, char *ret_path, size_t size);
