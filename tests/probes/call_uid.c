/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "call.h"

void call_setuid(struct call *call, const char *operand)
{
    long ids[1];

    (void)call;
    call_numbers(operand, ids, 1);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = setuid((uid_t)ids[0]);
    call_report("setuid", result, errno);
}

void call_seteuid(struct call *call, const char *operand)
{
    long ids[1];

    (void)call;
    call_numbers(operand, ids, 1);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = seteuid((uid_t)ids[0]);
    call_report("seteuid", result, errno);
}

void call_setreuid(struct call *call, const char *operand)
{
    long ids[2];

    (void)call;
    call_numbers(operand, ids, 2);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = setreuid((uid_t)ids[0], (uid_t)ids[1]);
    call_report("setreuid", result, errno);
}

void call_setresuid(struct call *call, const char *operand)
{
    long ids[3];

    (void)call;
    call_numbers(operand, ids, 3);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = setresuid((uid_t)ids[0], (uid_t)ids[1], (uid_t)ids[2]);
    call_report("setresuid", result, errno);
}

/* Returns the previous filesystem uid and no error, ever (setfsuid(2)). */
void call_setfsuid(struct call *call, const char *operand)
{
    long ids[1];

    (void)call;
    call_numbers(operand, ids, 1);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = setfsuid((uid_t)ids[0]);
    call_report("setfsuid", result, errno);
}
