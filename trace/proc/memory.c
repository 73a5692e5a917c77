/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

/*
 * Word by word, which is slow, but asks only whether the process may be dumped (ptrace_access_vm), as it may when it has
 * just executed a program.
 */
static ssize_t peek_some(pid_t tid, uint64_t address, char *ret_data, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t skip = (size_t)((address + done) % sizeof(long));
        size_t part = sizeof(long) - skip < size - done ? sizeof(long) - skip : size - done;

        errno = 0;
        long word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)(address + done - skip), NULL);
        if (errno != 0)
            break;
        memcpy(ret_data + done, (const char *)&word + skip, part);
        done += part;
    }
    return done > 0 ? (ssize_t)done : -1;
}

/* The first way asks each time whether we may trace: not another user's process without CAP_SYS_PTRACE. */
static ssize_t read_some(pid_t tid, uint64_t address, void *ret_data, size_t size)
{
    struct iovec here = {ret_data, size};
    struct iovec there = {(void *)(uintptr_t)address, size};
    ssize_t length = process_vm_readv(tid, &here, 1, &there, 1, 0);

    return length < 0 && errno == EPERM ? peek_some(tid, address, ret_data, size) : length;
}

int ck_memory_read(pid_t tid, uint64_t address, void *ret_data, size_t size)
{
    ssize_t length = read_some(tid, address, ret_data, size);

    if (length < 0)
        return -errno;
    return (size_t)length == size ? 0 : -EFAULT;
}

/* Not by process_vm_writev, which a seccomp filter may refuse to somebody whom it lets trace. */
int ck_memory_write(pid_t tid, uint64_t address, const void *data, size_t size)
{
    for (size_t done = 0; done < size; done += sizeof(long)) {
        long word;

        memcpy(&word, (const char *)data + done, sizeof(word));
        if (ptrace(PTRACE_POKEDATA, tid, (void *)(uintptr_t)(address + done), (void *)(uintptr_t)word) < 0)
            return -errno;
    }
    return 0;
}

void ck_memory_read_string(pid_t tid, uint64_t address, char *ret_text, size_t size)
{
    size_t used = 0;

    /* In pieces that cross no page: the string may end just before one that is not there. */
    while (used + 1 < size) {
        size_t to_page = 4096 - (size_t)((address + used) % 4096);
        size_t wanted = to_page < size - 1 - used ? to_page : size - 1 - used;
        ssize_t length = read_some(tid, address + used, ret_text + used, wanted);

        if (length <= 0)
            break;
        if (memchr(ret_text + used, '\0', (size_t)length) != NULL)
            return;
        used += (size_t)length;
    }
    ret_text[used] = '\0';
}
