/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capset(2) and prctl(2) as a launcher manages its own capabilities: by the C library, and by number. */
#include "call_caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/capability.h> /* capset */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the caller gave, for the three versions of the interface. */
struct request {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
};

/* Permitted, effective, inheritable; then the interface's version (1, 2, 3 or itself) and the pid. */
static struct request read_request(const char *operand)
{
    static const uint32_t versions[] = {0, _LINUX_CAPABILITY_VERSION_1, _LINUX_CAPABILITY_VERSION_2,
                                        _LINUX_CAPABILITY_VERSION_3};
    long numbers[5];
    size_t count = call_numbers(operand, numbers, 5);
    struct request request = {.header.version = _LINUX_CAPABILITY_VERSION_3, .header.pid = (int)numbers[4]};

    if (count > 3)
        request.header.version = numbers[3] < 4 ? versions[numbers[3]] : (uint32_t)numbers[3];
    for (int half = 0; half < 2; half++) {
        request.data[half].permitted = (uint32_t)((uint64_t)numbers[0] >> (32 * half));
        request.data[half].effective = (uint32_t)((uint64_t)numbers[1] >> (32 * half));
        request.data[half].inheritable = (uint32_t)((uint64_t)numbers[2] >> (32 * half));
    }
    return request;
}

void call_capset(struct call *call, const char *operand)
{
    struct request request = read_request(operand);

    (void)call;
    errno = CALL_ERRNO_UNTOUCHED;
    int result = capset(&request.header, request.data);
    call_report("capset", result, errno);
    printf("capset version %#x\n", request.header.version);
}

void call_raw_capset(const char *operand)
{
    struct request request = read_request(operand);

    errno = CALL_ERRNO_UNTOUCHED;
    long result = syscall(SYS_capset, &request.header, request.data);
    call_report("syscall capset", result, errno);
}

typedef int prctl_function(int option, ...);

static void prctl_by(prctl_function *function, const char *name, const char *operand)
{
    long a[5];

    (void)call_numbers(operand, a, 5); /* what is missing is 0 */
    errno = CALL_ERRNO_UNTOUCHED;
    int result = function((int)a[0], a[1], a[2], a[3], a[4]);
    call_report(name, result, errno);
}

void call_prctl(struct call *call, const char *operand)
{
    (void)call;
    prctl_by(prctl, "prctl", operand);
}

#ifdef __i386__
prctl_function __prctl_time64;

void call___prctl_time64(struct call *call, const char *operand)
{
    (void)call;
    prctl_by(__prctl_time64, "__prctl_time64", operand);
}
#endif

void call_raw_prctl(const char *operand)
{
    long a[5];

    (void)call_numbers(operand, a, 5); /* as above */
    errno = CALL_ERRNO_UNTOUCHED;
    long result = syscall(SYS_prctl, a[0], a[1], a[2], a[3], a[4]);
    call_report("syscall prctl", result, errno);
}
