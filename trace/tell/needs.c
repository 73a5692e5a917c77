/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "needs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../arch/calls.h"
#include "../proc/memory.h"

/* What clone(2) makes anew for the child. */
#define NAMESPACES                                                                                                     \
    (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS)

/* Ports below this need CAP_NET_BIND_SERVICE (ip(7)). */
static unsigned unprivileged_port_start(void)
{
    char text[16] = "1024";
    FILE *file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");

    if (file != NULL) {
        (void)!fgets(text, sizeof(text), file); /* unreadable, it is taken to be what it is by default */
        (void)fclose(file);                     /* read only: nothing is lost with it */
    }
    return (unsigned)strtoul(text, NULL, 10);
}

static bool binds_low_port(pid_t tid, const uint64_t args[6])
{
    struct sockaddr_in address = {.sin_family = AF_UNSPEC};

    /* Both families have the port in the same place. */
    if (args[2] < sizeof(address) || ck_memory_read(tid, args[1], &address, sizeof(address)) < 0)
        return false;
    return (address.sin_family == AF_INET || address.sin_family == AF_INET6) &&
           ntohs(address.sin_port) < unprivileged_port_start();
}

static bool opens_raw_socket(const uint64_t args[6])
{
    int type = (int)args[1] & 0xf; /* without SOCK_CLOEXEC and SOCK_NONBLOCK */

    return args[0] == AF_PACKET || type == SOCK_RAW;
}

/* What only reads could do with less. */
static unsigned cap_of_open(uint64_t flags)
{
    return (flags & O_ACCMODE) == O_RDONLY && (flags & (O_CREAT | O_TRUNC)) == 0 ? CAP_DAC_READ_SEARCH
                                                                                 : CAP_DAC_OVERRIDE;
}

bool ck_needs_guess(pid_t tid, const char *call, const uint64_t args[6], int error, unsigned *ret_cap)
{
    unsigned denied = error == EPERM ? CK_DENIED_EPERM : error == EACCES ? CK_DENIED_EACCES : 0;

    if (denied == 0)
        return false;
    if (strcmp(call, "bind") == 0) {
        *ret_cap = CAP_NET_BIND_SERVICE;
        return error == EACCES && binds_low_port(tid, args);
    }
    if (strcmp(call, "socket") == 0) {
        *ret_cap = CAP_NET_RAW;
        return error == EPERM && opens_raw_socket(args);
    }
    if (strcmp(call, "open") == 0 || strcmp(call, "openat") == 0) {
        *ret_cap = cap_of_open(args[strcmp(call, "open") == 0 ? 1 : 2]);
        return error == EACCES;
    }
    const struct ck_watched *known = ck_calls_find(call);
    if (known == NULL)
        return false;
    *ret_cap = known->cap;
    return (known->denied & denied) != 0;
}

/*
 * Calls that take memory, of their own or of a tmpfs: that of root may go beyond what the rest may have
 * (__vm_enough_memory, CAP_SYS_ADMIN).
 */
bool ck_needs_takes_memory(const char *call, const uint64_t args[6])
{
    static const char *const calls[] = {
        "brk",       "copy_file_range", "execve",    "execveat",         "fallocate",     "fork",
        "ftruncate", "ftruncate64",     "madvise",   "map_shadow_stack", "memfd_create",  "mmap",
        "mmap2",     "mprotect",        "mremap",    "munmap",           "pkey_mprotect", "pwrite64",
        "pwritev",   "pwritev2",        "sendfile",  "sendfile64",       "shmat",         "shmget",
        "splice",    "symlink",         "symlinkat", "truncate",         "truncate64",    "vfork",
        "write",     "writev",
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i], call) == 0)
            return true;
    }
    /* A child's memory counts too, but for new namespaces it is asked for in earnest. */
    return strcmp(call, "clone") == 0 && (args[0] & NAMESPACES) == 0;
}

uint64_t ck_needs_in_passing(const char *call, const uint64_t args[6])
{
    /* Without it a change of mode or owner takes the set-group-ID bit away. */
    uint64_t mask = UINT64_C(1) << CAP_FSETID;

    /* Without it EPOLLWAKEUP is left out. */
    if (strcmp(call, "epoll_ctl") == 0)
        mask |= UINT64_C(1) << CAP_BLOCK_SUSPEND;
    if (ck_needs_takes_memory(call, args))
        mask |= UINT64_C(1) << CAP_SYS_ADMIN;
    return mask;
}
