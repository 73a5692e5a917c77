/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink.h"

#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most writes are to files, and that costs one call to know. */
static bool is_socket(pid_t tid, int fd)
{
    char path[64];
    struct stat file;

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, fd); /* it fits */
    return stat(path, &file) == 0 && S_ISSOCK(file.st_mode);
}

static int domain_of(int fd)
{
    int domain = AF_UNSPEC;
    socklen_t size = sizeof(domain);

    (void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size); /* AF_UNSPEC, where it fails */
    return domain;
}

/* By a copy, as its process has it: threads that share no descriptors are rare. */
bool ck_netlink_is_socket(const struct ck_tracee *tracee, int fd)
{
    if (!is_socket(tracee->tid, fd))
        return false;
    int process = pidfd_open(tracee->pid, 0);
    int copy = process >= 0 ? pidfd_getfd(process, fd, 0) : -1;
    bool result = copy >= 0 && domain_of(copy) == AF_NETLINK;

    if (copy >= 0)
        (void)close(copy); /* the socket is open still */
    if (process >= 0)
        (void)close(process); /* nothing was done with it */
    return result;
}
