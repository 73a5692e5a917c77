/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* syscall(2): the wrapped calls by number, and others that must pass through with all of their arguments. */
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call_caps.h"

static int run_raw_execve(const struct call *call)
{
    return (int)syscall(SYS_execve, call->path, call_argv(call), call_envp(call));
}

static int run_raw_execveat(const struct call *call)
{
    return (int)syscall(SYS_execveat, call->fd, call->path, call_argv(call), call_envp(call), call->flags);
}

static void change_uid(const char *name, long number, const char *operand)
{
    long ids[3];

    call_numbers(operand, ids, 3);
    errno = CALL_ERRNO_UNTOUCHED;
    long result = syscall(number, (uid_t)ids[0], (uid_t)ids[1], (uid_t)ids[2]);
    call_report(name, result, errno);
}

/* Six arguments, each of which counts: a page of this very file, mapped from its descriptor at an offset. */
static void map_page(void)
{
    long size = sysconf(_SC_PAGESIZE);
    char expected[64];
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    errno = CALL_ERRNO_UNTOUCHED;
    void *page = (void *)syscall(SYS_mmap, NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, (off_t)size);
    if (page == MAP_FAILED || pread(fd, expected, sizeof(expected), size) != (ssize_t)sizeof(expected)) {
        call_report("syscall mmap", -1, errno);
        return;
    }
    call_report("syscall mmap", memcmp(page, expected, sizeof(expected)), errno);
    errno = CALL_ERRNO_UNTOUCHED;
    long result = syscall(SYS_mmap, NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, (off_t)1);
    call_report("syscall mmap at an odd offset", result, errno);
    close(fd);
}

static void read_at(void)
{
    char got[4] = "";
    int fd = memfd_create("probe", MFD_CLOEXEC);
    ssize_t written = write(fd, "0123456789", 10);

    errno = CALL_ERRNO_UNTOUCHED;
    long result = syscall(SYS_pread64, fd, got, (size_t)3, (off_t)4);
    call_report("syscall pread64", written == 10 ? result : -2, errno);
    printf("read: %.3s\n", got);
    errno = CALL_ERRNO_UNTOUCHED;
    result = syscall(SYS_close, -1);
    call_report("syscall close", result, errno);
    errno = CALL_ERRNO_UNTOUCHED;
    result = syscall(SYS_getppid);
    call_report("syscall getppid", result == getppid(), errno);
    errno = CALL_ERRNO_UNTOUCHED;
    result = syscall(99999);
    call_report("syscall without such a number", result, errno);
    close(fd);
}

/* The operand is NAME or NAME,ID… */
void call_syscall(struct call *call, const char *operand)
{
    const char *ids = strchr(operand, ',');
    size_t length = strcspn(operand, ",");

    ids = ids != NULL ? ids + 1 : "";
    if (strncmp(operand, "setuid", length) == 0)
        change_uid("syscall setuid", SYS_setuid, ids);
    else if (strncmp(operand, "setreuid", length) == 0)
        change_uid("syscall setreuid", SYS_setreuid, ids);
    else if (strncmp(operand, "setresuid", length) == 0)
        change_uid("syscall setresuid", SYS_setresuid, ids);
    else if (strncmp(operand, "setfsuid", length) == 0)
        change_uid("syscall setfsuid", SYS_setfsuid, ids);
#ifdef SYS_setuid32
    else if (strncmp(operand, "setuid32", length) == 0)
        change_uid("syscall setuid32", SYS_setuid32, ids);
    else if (strncmp(operand, "setreuid32", length) == 0)
        change_uid("syscall setreuid32", SYS_setreuid32, ids);
    else if (strncmp(operand, "setresuid32", length) == 0)
        change_uid("syscall setresuid32", SYS_setresuid32, ids);
#endif
    else if (strncmp(operand, "capset", length) == 0)
        call_raw_capset(ids);
    else if (strncmp(operand, "prctl", length) == 0)
        call_raw_prctl(ids);
    else if (strcmp(operand, "execve") == 0)
        call_exec(call, "syscall execve", run_raw_execve);
    else if (strcmp(operand, "execveat") == 0)
        call_exec(call, "syscall execveat", run_raw_execveat);
    else if (strcmp(operand, "mmap") == 0)
        map_page();
    else if (strcmp(operand, "others") == 0)
        read_at();
    else
        exit(99);
}
