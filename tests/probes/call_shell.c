/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

#if defined(CALL_OLD_VERSIONS) && defined(__i386__)
__asm__(".symver popen,popen@GLIBC_2.0");
__asm__(".symver pclose,pclose@GLIBC_2.0");
#endif

/* system=NULL asks whether there is a shell. */
void call_system(struct call *call, const char *operand)
{
    (void)call;
    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = system(strcmp(operand, "NULL") == 0 ? NULL : operand);
    call_report("system", result, errno);
}

/* The type "r" prints what the command says; "w" sends it one line. */
void call_popen(struct call *call, const char *operand)
{
    char line[4096];

    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    FILE *stream = popen(operand, call->type);
    call_report("popen", stream != NULL, errno);
    if (stream == NULL)
        return;
    if (call->type[0] == 'w') {
        fputs("sent to the command\n", stream);
    } else {
        while (fgets(line, sizeof(line), stream) != NULL)
            fputs(line, stdout);
    }
    errno = CALL_ERRNO_UNTOUCHED;
    int result = pclose(stream);
    call_report("pclose", result, errno);
}
