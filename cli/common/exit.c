/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int ck_fail(const char *verb, const char *format, ...)
{
    va_list values;

    fprintf(stderr, "capkeep: %s: ", verb);
    va_start(values, format);
    (void)vfprintf(stderr, format, values); /* standard error has no other place to tell it to */
    va_end(values);
    fputc('\n', stderr);
    return CK_EXIT_FAILED;
}

void *ck_memory(void *pointer)
{
    if (pointer != NULL)
        return pointer;
    fputs("capkeep: not enough memory\n", stderr);
    exit(CK_EXIT_FAILED);
}
