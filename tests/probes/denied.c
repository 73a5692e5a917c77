/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * denied STEP…: makes the calls that it is named, each of which wants a capability, and prints what came of each, one
 * line "step = result errno". What is done where it is allowed changes nothing: the clock's own frequency is set again,
 * a port is bound for a moment. Exit status 0 where all have succeeded, else 1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

static int step_bind(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(81)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = bind(fd, (const struct sockaddr *)&address, sizeof(address));
    int error = errno;

    close(fd);
    errno = error;
    return result;
}

static int step_adjtimex(void)
{
    struct timex timex = {0};

    if (adjtimex(&timex) < 0)
        return -1;
    timex.modes = ADJ_FREQUENCY;
    return adjtimex(&timex) < 0 ? -1 : 0;
}

static int step_chown(void)
{
    return chown("/etc/hostname", 0, 0);
}

/* To a process of root's; signal 0 only asks. */
static int step_kill(void)
{
    return kill(1, 0);
}

static int step_raw(void)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return fd < 0 ? -1 : 0;
}

static int step_packet(void)
{
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return fd < 0 ? -1 : 0;
}

/* No mount stands there; without the capability that is not even looked at. */
static int step_umount(void)
{
    return umount("/etc") < 0 && errno == EINVAL ? 0 : -1;
}

static int step_setns(void)
{
    int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    int result = setns(fd, CLONE_NEWUTS);
    int error = errno;

    close(fd);
    errno = error;
    return result;
}

static int step_nice(void)
{
    return setpriority(PRIO_PROCESS, 0, -1);
}

static int step_chroot(void)
{
    return chroot("/");
}

static int step_setuid(void)
{
    return setuid(0);
}

static int step_read(void)
{
    int fd = open("/etc/shadow", O_RDONLY | O_CLOEXEC);
    int error = errno;

    if (fd >= 0)
        close(fd);
    errno = error;
    return fd < 0 ? -1 : 0;
}

static int set_caps(uint64_t permitted, uint64_t effective)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, 0},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), 0},
    };

    return (int)syscall(SYS_capset, &header, data);
}

/* What is permitted stays so, and is effective no more. */
static int step_lower(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    if (syscall(SYS_capget, &header, data) < 0)
        return -1;
    return set_caps(data[0].permitted | (uint64_t)data[1].permitted << 32, 0);
}

/* --- calls that fail for another reason, and ask for a capability on the way */

/* capset asks for CAP_SETPCAP, which would not help: what is not permitted cannot be raised. */
static int step_passing_capset(void)
{
    return set_caps(UINT64_MAX, 0);
}

/* EPOLLWAKEUP asks for CAP_BLOCK_SUSPEND, and goes on without; a regular file cannot be waited for. */
static int step_passing_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLWAKEUP};
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    return epoll_ctl(epoll, EPOLL_CTL_ADD, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), &event);
}

/* The first half takes memory, for which CAP_SYS_ADMIN is asked; the second is of a file open for reading alone. */
static int step_passing_mprotect(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    if (mmap(pages + page, page, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
        return -1;
    return mprotect(pages, 2 * page, PROT_READ | PROT_WRITE);
}

static const struct {
    const char *name;
    int (*function)(void);
} steps[] = {
    {"bind", step_bind},
    {"adjtimex", step_adjtimex},
    {"chown", step_chown},
    {"kill", step_kill},
    {"raw", step_raw},
    {"packet", step_packet},
    {"umount", step_umount},
    {"setns", step_setns},
    {"nice", step_nice},
    {"chroot", step_chroot},
    {"setuid", step_setuid},
    {"read", step_read},
    {"lower", step_lower},
    {"passing-capset", step_passing_capset},
    {"passing-epoll", step_passing_epoll},
    {"passing-mprotect", step_passing_mprotect},
};

int main(int argc, char *argv[])
{
    int failures = 0;

    for (int i = 1; i < argc; i++) {
        size_t j = 0;
        while (j < sizeof(steps) / sizeof(steps[0]) && strcmp(steps[j].name, argv[i]) != 0)
            j++;
        if (j == sizeof(steps) / sizeof(steps[0])) {
            fprintf(stderr, "denied: no such step: %s\n", argv[i]);
            return 99;
        }
        int result = steps[j].function();
        failures += result < 0;
        printf("%s = %d%s%s\n", argv[i], result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
    }
    return failures > 0;
}
