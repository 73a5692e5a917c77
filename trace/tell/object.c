/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "object.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../shim/core/text.h"
#include "../proc/memory.h"
#include "../proc/proc.h"
#include "requests.h"

#define PATH_SIZE 4096

/* PATH_AT: a path below the descriptor in the argument before it. */
enum kind { PATH, PATH_AT, DESCRIPTOR, ADDRESS, PROCESS, OPTION, REQUEST, NAME };

static const struct {
    const char *call;
    enum kind kind;
    unsigned argument;
} objects[] = {
    {"execve", PATH, 0},
    {"execveat", PATH_AT, 1},
    {"open", PATH, 0},
    {"openat", PATH_AT, 1},
    {"openat2", PATH_AT, 1},
    {"creat", PATH, 0},
    {"chmod", PATH, 0},
    {"fchmodat", PATH_AT, 1},
    {"fchmodat2", PATH_AT, 1},
    {"fchmod", DESCRIPTOR, 0},
    {"chown", PATH, 0},
    {"lchown", PATH, 0},
    {"fchownat", PATH_AT, 1},
    {"fchown", DESCRIPTOR, 0},
    {"chown32", PATH, 0},
    {"lchown32", PATH, 0},
    {"fchown32", DESCRIPTOR, 0},
    {"mknod", PATH, 0},
    {"mknodat", PATH_AT, 1},
    {"mkdir", PATH, 0},
    {"mkdirat", PATH_AT, 1},
    {"rmdir", PATH, 0},
    {"unlink", PATH, 0},
    {"unlinkat", PATH_AT, 1},
    {"rename", PATH, 0},
    {"renameat", PATH_AT, 1},
    {"renameat2", PATH_AT, 1},
    {"link", PATH, 0},
    {"linkat", PATH_AT, 1},
    {"symlink", PATH, 1},
    {"symlinkat", PATH_AT, 2},
    {"readlink", PATH, 0},
    {"readlinkat", PATH_AT, 1},
    {"stat", PATH, 0},
    {"lstat", PATH, 0},
    {"stat64", PATH, 0},
    {"lstat64", PATH, 0},
    {"newfstatat", PATH_AT, 1},
    {"fstatat64", PATH_AT, 1},
    {"statx", PATH_AT, 1},
    {"access", PATH, 0},
    {"faccessat", PATH_AT, 1},
    {"faccessat2", PATH_AT, 1},
    {"statfs", PATH, 0},
    {"statfs64", PATH, 0},
    {"inotify_add_watch", PATH, 1},
    {"truncate", PATH, 0},
    {"truncate64", PATH, 0},
    {"utime", PATH, 0},
    {"utimes", PATH, 0},
    {"futimesat", PATH_AT, 1},
    {"utimensat", PATH_AT, 1},
    {"chdir", PATH, 0},
    {"fchdir", DESCRIPTOR, 0},
    {"chroot", PATH, 0},
    {"mount", PATH, 1},
    {"umount2", PATH, 0},
    {"setxattr", PATH, 0},
    {"lsetxattr", PATH, 0},
    {"fsetxattr", DESCRIPTOR, 0},
    {"removexattr", PATH, 0},
    {"lremovexattr", PATH, 0},
    {"fremovexattr", DESCRIPTOR, 0},
    {"getxattr", PATH, 0},
    {"lgetxattr", PATH, 0},
    {"quotactl", PATH, 1},
    {"swapon", PATH, 0},
    {"swapoff", PATH, 0},
    {"acct", PATH, 0},
    {"bind", ADDRESS, 1},
    {"connect", ADDRESS, 1},
    {"kill", PROCESS, 0},
    {"tkill", PROCESS, 0},
    {"tgkill", PROCESS, 1},
    {"ptrace", PROCESS, 1},
    {"setpriority", PROCESS, 1},
    {"ioprio_set", PROCESS, 1},
    {"prlimit64", PROCESS, 0},
    {"sched_setscheduler", PROCESS, 0},
    {"sched_setparam", PROCESS, 0},
    {"sched_setattr", PROCESS, 0},
    {"sched_setaffinity", PROCESS, 0},
    {"setsockopt", OPTION, 1},
    {"ioctl", REQUEST, 1},
    {"sethostname", NAME, 0},
};

/* Where a link of the thread's in /proc leads. Returns false where that cannot be told. */
static bool read_link(pid_t tid, const char *which, char *ret_path, size_t size)
{
    char link[64];

    (void)snprintf(link, sizeof(link), "/proc/%d/%s", tid, which); /* it fits */
    ssize_t length = readlink(link, ret_path, size - 1);
    if (length < 0)
        return false;
    ret_path[length] = '\0';
    return true;
}

static void add_descriptor(const struct ck_tracee *tracee, int fd, struct ck_text *text)
{
    char which[32];
    char path[PATH_SIZE];

    (void)snprintf(which, sizeof(which), "fd/%d", fd); /* it fits */
    if (read_link(tracee->tid, which, path, sizeof(path)))
        ck_text_printable(text, path);
}

static void add_directory(const struct ck_tracee *tracee, int fd, struct ck_text *text)
{
    char path[PATH_SIZE];

    if (fd != AT_FDCWD)
        add_descriptor(tracee, fd, text);
    else if (read_link(tracee->tid, "cwd", path, sizeof(path)))
        ck_text_printable(text, path);
}

/* A relative one is made whole: whoever reads it does not know where the program stands. */
static void add_path(const struct ck_tracee *tracee, int directory, const char *path, struct ck_text *text)
{
    if (path[0] != '/') {
        add_directory(tracee, directory, text);
        while (strncmp(path, "./", 2) == 0)
            path += 2;
        if (path[0] != '\0' && (text->length == 0 || text->buffer[text->length - 1] != '/'))
            ck_text_char(text, '/');
    }
    ck_text_printable(text, path);
}

static void add_path_argument(const struct ck_tracee *tracee, int directory, unsigned argument, struct ck_text *text)
{
    char path[PATH_SIZE];

    ck_memory_read_string(tracee->tid, tracee->args[argument], path, sizeof(path));
    add_path(tracee, directory, path, text);
}

static void add_name(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    char name[PATH_SIZE];

    ck_memory_read_string(tracee->tid, tracee->args[argument], name, sizeof(name));
    ck_text_printable(text, name);
}

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

static void add_internet(const union address *address, struct ck_text *text)
{
    bool is_in6 = address->any.sa_family == AF_INET6;
    const void *number = is_in6 ? (const void *)&address->in6.sin6_addr : &address->in.sin_addr;
    char host[INET6_ADDRSTRLEN];

    (void)inet_ntop(address->any.sa_family, number, host, sizeof(host)); /* it fits */
    ck_text_string(text, is_in6 ? "[" : "");
    ck_text_string(text, host);
    ck_text_string(text, is_in6 ? "]:" : ":");
    ck_text_number(text, ntohs(address->in.sin_port)); /* both families have it in the same place */
}

static void add_address(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    union address address = {.any.sa_family = AF_UNSPEC};
    char path[sizeof(address.un.sun_path) + 1] = "";
    uint64_t size = tracee->args[argument + 1];

    if (size > sizeof(address))
        size = sizeof(address);
    if (ck_memory_read(tracee->tid, tracee->args[argument], &address, (size_t)size) < 0)
        return;
    if ((address.any.sa_family == AF_INET && size >= sizeof(address.in)) ||
        (address.any.sa_family == AF_INET6 && size >= sizeof(address.in6))) {
        add_internet(&address, text);
    } else if (address.any.sa_family == AF_UNIX && address.un.sun_path[0] != '\0') { /* else it is not a file */
        memcpy(path, address.un.sun_path, sizeof(address.un.sun_path));              /* which need not end in it */
        add_path(tracee, AT_FDCWD, path, text);
    }
}

/* 0 stands for the process itself in most of these. */
static void add_process(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    static struct ck_proc proc;
    pid_t pid = (pid_t)tracee->args[argument];

    if (pid == 0 || pid == tracee->pid) {
        ck_text_string(text, "itself");
        return;
    }
    ck_text_string(text, "pid ");
    ck_text_id(text, (uint32_t)pid);
    if (pid > 0 && ck_proc_read(pid, &proc) == 0) {
        ck_text_string(text, " (");
        ck_text_printable(text, proc.comm);
        ck_text_char(text, ')');
    }
}

static void add_option(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    uint32_t level = (uint32_t)tracee->args[argument];
    uint32_t option = (uint32_t)tracee->args[argument + 1];
    const char *name = ck_request_socket_option(level, option);

    if (name != NULL) {
        ck_text_string(text, name);
        return;
    }
    ck_text_string(text, "level ");
    ck_text_number(text, level);
    ck_text_string(text, " option ");
    ck_text_number(text, option);
}

static void add_request(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    uint32_t request = (uint32_t)tracee->args[argument];
    const char *name = ck_request_ioctl(request);

    if (name != NULL) {
        ck_text_string(text, name);
        return;
    }
    ck_text_string(text, "request ");
    ck_text_number(text, request);
}

void ck_object_tell(const struct ck_tracee *tracee, const char *call, char *ret_text, size_t size)
{
    struct ck_text text = ck_text_start(ret_text, size);
    size_t i = 0;

    while (i < sizeof(objects) / sizeof(objects[0]) && strcmp(objects[i].call, call) != 0)
        i++;
    if (i == sizeof(objects) / sizeof(objects[0]))
        return;
    const unsigned argument = objects[i].argument;
    switch (objects[i].kind) {
    case PATH:
        add_path_argument(tracee, AT_FDCWD, argument, &text);
        return;
    case PATH_AT:
        add_path_argument(tracee, (int)tracee->args[argument - 1], argument, &text);
        return;
    case NAME:
        add_name(tracee, argument, &text);
        return;
    case DESCRIPTOR:
        add_descriptor(tracee, (int)tracee->args[argument], &text);
        return;
    case ADDRESS:
        add_address(tracee, argument, &text);
        return;
    case PROCESS:
        add_process(tracee, argument, &text);
        return;
    case OPTION:
        add_option(tracee, argument, &text);
        return;
    case REQUEST:
        add_request(tracee, argument, &text);
        return;
    }
}
