#include "object.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../shim/core/text.h"
#include "../proc/memory.h"
#include "../proc/proc.h"

enum kind { PATH, DESCRIPTOR, ADDRESS, PROCESS, OPTION, REQUEST, NAME };

static const struct {
    const char *call;
    enum kind kind;
    unsigned argument;
} objects[] = {
    {"open", PATH, 0},
    {"openat", PATH, 1},
    {"openat2", PATH, 1},
    {"creat", PATH, 0},
    {"chmod", PATH, 0},
    {"fchmodat", PATH, 1},
    {"fchmodat2", PATH, 1},
    {"fchmod", DESCRIPTOR, 0},
    {"chown", PATH, 0},
    {"lchown", PATH, 0},
    {"fchownat", PATH, 1},
    {"fchown", DESCRIPTOR, 0},
    {"mknod", PATH, 0},
    {"mknodat", PATH, 1},
    {"mkdir", PATH, 0},
    {"mkdirat", PATH, 1},
    {"rmdir", PATH, 0},
    {"unlink", PATH, 0},
    {"unlinkat", PATH, 1},
    {"rename", PATH, 0},
    {"renameat", PATH, 1},
    {"renameat2", PATH, 1},
    {"link", PATH, 0},
    {"linkat", PATH, 1},
    {"symlink", PATH, 1},
    {"symlinkat", PATH, 2},
    {"readlink", PATH, 0},
    {"readlinkat", PATH, 1},
    {"stat", PATH, 0},
    {"lstat", PATH, 0},
    {"newfstatat", PATH, 1},
    {"statx", PATH, 1},
    {"access", PATH, 0},
    {"faccessat", PATH, 1},
    {"faccessat2", PATH, 1},
    {"truncate", PATH, 0},
    {"utimensat", PATH, 1},
    {"chdir", PATH, 0},
    {"chroot", PATH, 0},
    {"mount", PATH, 1},
    {"umount2", PATH, 0},
    {"setxattr", PATH, 0},
    {"lsetxattr", PATH, 0},
    {"fsetxattr", DESCRIPTOR, 0},
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

static void add_path(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    char path[4096];

    ck_memory_read_string(tracee->tid, tracee->args[argument], path, sizeof(path));
    ck_text_printable(text, path);
}

static void add_descriptor(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    char link[64];
    char path[4096];

    (void)snprintf(link, sizeof(link), "/proc/%d/fd/%d", tracee->tid, (int)tracee->args[argument]); /* it fits */
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length < 0)
        return;
    path[length] = '\0';
    ck_text_printable(text, path);
}

static void add_address(const struct ck_tracee *tracee, unsigned argument, struct ck_text *text)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {.any.sa_family = AF_UNSPEC};
    char host[INET6_ADDRSTRLEN];
    uint64_t size = tracee->args[argument + 1];

    if (size > sizeof(address))
        size = sizeof(address);
    if (size < sizeof(address.in) || ck_memory_read(tracee->tid, tracee->args[argument], &address, (size_t)size) < 0)
        return;
    bool is_in6 = address.any.sa_family == AF_INET6 && size == sizeof(address.in6);
    if (address.any.sa_family != AF_INET && !is_in6)
        return;
    const void *number = is_in6 ? (const void *)&address.in6.sin6_addr : &address.in.sin_addr;
    (void)inet_ntop(address.any.sa_family, number, host, sizeof(host)); /* it fits */
    ck_text_string(text, is_in6 ? "[" : "");
    ck_text_string(text, host);
    ck_text_string(text, is_in6 ? "]:" : ":");
    ck_text_number(text, ntohs(address.in.sin_port)); /* both families have it in the same place */
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

static void add_numbers(const struct ck_tracee *tracee, enum kind kind, unsigned argument, struct ck_text *text)
{
    ck_text_string(text, kind == OPTION ? "level " : "request ");
    ck_text_number(text, (uint32_t)tracee->args[argument]);
    if (kind == OPTION) {
        ck_text_string(text, " option ");
        ck_text_number(text, (uint32_t)tracee->args[argument + 1]);
    }
}

void ck_object_tell(const struct ck_tracee *tracee, const char *call, char *ret_text, size_t size)
{
    struct ck_text text = ck_text_start(ret_text, size);
    size_t i = 0;

    while (i < sizeof(objects) / sizeof(objects[0]) && strcmp(objects[i].call, call) != 0)
        i++;
    if (i == sizeof(objects) / sizeof(objects[0]))
        return;
    switch (objects[i].kind) {
    case PATH:
    case NAME:
        add_path(tracee, objects[i].argument, &text);
        return;
    case DESCRIPTOR:
        add_descriptor(tracee, objects[i].argument, &text);
        return;
    case ADDRESS:
        add_address(tracee, objects[i].argument, &text);
        return;
    case PROCESS:
        add_process(tracee, objects[i].argument, &text);
        return;
    case OPTION:
    case REQUEST:
        add_numbers(tracee, objects[i].kind, objects[i].argument, &text);
        return;
    }
}
