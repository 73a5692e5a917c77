/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A configuration as a whole: nothing of it is judged before all of it has been read. */
#include <stdbool.h>
#include <stddef.h>

struct ck_input {
    char *text; /* ends with a NUL, has none in it, and no other control characters than tabs and ends of lines */
    size_t length;
    bool is_anybodys; /* a file that everybody can write */
};

/* Reads `file`, "-" for standard input; `name` is what messages call it. Returns 0, or an exit status, told why. */
int ck_input_read(const char *file, const char *name, struct ck_input *ret_input);

/* Ends the line that begins at *next there, moves *next behind it, and returns its beginning; NULL at the end. */
char *ck_input_line(char **next);
