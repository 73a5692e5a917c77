#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The value behind "KEY:" and its tabulator, at the beginning of a line; NULL where there is none. */
static const char *find_value(const char *text, const char *key)
{
    size_t length = strlen(key);

    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, " \t");
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return NULL;
}

static uint64_t read_number(const char *text, const char *key, int base)
{
    const char *value = find_value(text, key);

    return value != NULL ? strtoull(value, NULL, base) : 0;
}

/* The four ids of a line: real, effective, saved, file system. */
static void read_ids(const char *text, const char *key, uint32_t ret_ids[4])
{
    const char *value = find_value(text, key);
    char *end = (char *)value;

    for (int i = 0; i < 4; i++)
        ret_ids[i] = value != NULL ? (uint32_t)strtoul(end, &end, 10) : UINT32_MAX;
}

static void read_groups(const char *text, struct ck_proc *proc)
{
    const char *value = find_value(text, "Groups");
    unsigned count = 0;

    while (value != NULL && count < CK_PROC_GROUPS_MAX) {
        char *end;
        unsigned long group = strtoul(value, &end, 10);

        if (end == value || memchr(value, '\n', (size_t)(end - value)) != NULL)
            break;
        proc->groups[count++] = (gid_t)group;
        value = end;
    }
    proc->thread.groups = proc->groups;
    proc->thread.group_count = count;
}

static void parse(const char *text, struct ck_proc *proc)
{
    struct ck_thread *thread = &proc->thread;
    const char *name = find_value(text, "Name");
    uint32_t uids[4];
    uint32_t gids[4];

    *proc = (struct ck_proc){.pid = (pid_t)read_number(text, "Tgid", 10), .ppid = (pid_t)read_number(text, "PPid", 10)};
    if (name != NULL)
        (void)snprintf(proc->comm, sizeof(proc->comm), "%.*s", (int)strcspn(name, "\n"), name);
    read_ids(text, "Uid", uids);
    read_ids(text, "Gid", gids);
    thread->uids = (struct ck_uids){uids[0], uids[1], uids[2]};
    thread->fsuid = uids[3];
    thread->gids = (struct ck_gids){gids[0], gids[1], gids[2]};
    thread->fsgid = gids[3];
    read_groups(text, proc);
    thread->caps = (struct ck_capset){
        .permitted = read_number(text, "CapPrm", 16),
        .effective = read_number(text, "CapEff", 16),
        .inheritable = read_number(text, "CapInh", 16),
        .ambient = read_number(text, "CapAmb", 16),
        .bounding = read_number(text, "CapBnd", 16),
    };
    thread->no_new_privs = read_number(text, "NoNewPrivs", 10) != 0;
    thread->threaded = read_number(text, "Threads", 10) > 1;
    thread->userns = &ck_userns_initial;
}

int ck_proc_read(pid_t tid, struct ck_proc *ret_proc)
{
    char path[64];
    /* A process in very many groups has a longer one; what is wanted of it stands before. */
    char text[8192];
    ssize_t length;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", tid); /* it fits */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    length = read(fd, text, sizeof(text) - 1);
    int error = errno;
    (void)close(fd); /* read only: nothing is lost with it */
    if (length <= 0)
        return length < 0 ? -error : -ESRCH;
    text[length] = '\0';
    parse(text, ret_proc);
    return 0;
}

void ck_proc_copy(struct ck_proc *to, const struct ck_proc *from)
{
    *to = *from;
    to->thread.groups = to->groups;
}

void ck_proc_read_exe(pid_t pid, char *ret_path, size_t size)
{
    char link[64];

    (void)snprintf(link, sizeof(link), "/proc/%d/exe", pid); /* it fits */
    ssize_t length = readlink(link, ret_path, size - 1);
    if (length > 0)
        ret_path[length] = '\0';
    else
        (void)snprintf(ret_path, size, "?");
}

bool ck_proc_is_here(pid_t pid)
{
    char path[64];
    struct stat theirs;
    struct stat ours;

    (void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid); /* it fits */
    if (stat(path, &theirs) < 0 || stat("/proc/self/ns/user", &ours) < 0)
        return true;
    return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}
