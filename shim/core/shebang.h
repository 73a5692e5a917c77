/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The first line of a script, read as the kernel reads it. Pure. */
#include <stddef.h>

/* The kernel reads this much of a file to tell its format (BINPRM_BUF_SIZE). */
#define CK_SHEBANG_MAX 256U

/*
 * Copies the interpreter's path of a script that begins with `head` (`length` bytes of it) into ret_interpreter, which
 * holds CK_SHEBANG_MAX bytes. Returns 0, or -ENOEXEC where this is no script or its line is not to be executed
 * (load_script in fs/binfmt_script.c: spaces and tabs around the path, an argument after it, a whole path or nothing).
 */
int ck_shebang_read(const char *head, size_t length, char *ret_interpreter);
