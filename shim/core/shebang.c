/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shebang.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int ck_shebang_read(const char *head, size_t length, char *ret_interpreter)
{
    size_t at = 2;

    if (length < 2 || head[0] != '#' || head[1] != '!')
        return -ENOEXEC;
    while (at < length && is_blank(head[at]))
        at++;
    size_t start = at;
    while (at < length && !is_blank(head[at]) && head[at] != '\n' && head[at] != '\0')
        at++;
    /* A path that runs into the end of a full buffer may be cut short: the kernel does not execute half a path. */
    if (at == start || (at == length && length >= CK_SHEBANG_MAX))
        return -ENOEXEC;
    memcpy(ret_interpreter, head + start, at - start);
    ret_interpreter[at - start] = '\0';
    return 0;
}
