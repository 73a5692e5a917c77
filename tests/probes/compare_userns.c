/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_userns.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAP(ranges) {ranges, sizeof(ranges) / sizeof((ranges)[0])}

static const struct ck_id_range everything[] = {{0, 0, UINT32_MAX}};
static const struct ck_id_range some_uids[] = {{0, 1001, 1}, {1, 1002, 1}, {1000, 0, 1}};
static const struct ck_id_range some_gids[] = {{0, 2001, 1}, {1, 2002, 1}, {1000, 0, 1}};
/* A range must not be wider than one of the namespace in which the tests run: of a plain user's, the first has one id. */
static const struct ck_id_range same[] = {{0, 0, 1}, {1, 1, 4999}};
static const struct ck_id_range below_uids[] = {{0, 1002, 1}};
static const struct ck_id_range below_gids[] = {{0, 2002, 1}};
static const struct ck_id_range rootless_uids[] = {{5, 1003, 1}};
static const struct ck_id_range rootless_gids[] = {{5, 2003, 1}};

const struct ck_userns compare_userns[COMPARE_USERNS] = {
    {NULL, 0, MAP(everything), MAP(everything)},
    {&compare_userns[0], 0, MAP(some_uids), MAP(some_gids)},
    {&compare_userns[0], 1001, MAP(same), MAP(same)},
    {&compare_userns[1], 1001, MAP(below_uids), MAP(below_gids)},
    {&compare_userns[0], 1002, MAP(rootless_uids), MAP(rootless_gids)},
    {&compare_userns[0], 1003, {NULL, 0}, {NULL, 0}},
};

/* Group of every namespace's creator: one that all parents map. */
#define CREATOR_GID 2001

static void become_creator(const struct ck_userns *userns)
{
    uid_t uid = ck_id_map_to_inside(&userns->parent->uids, userns->owner);
    gid_t gid = ck_id_map_to_inside(&userns->parent->gids, CREATOR_GID);

    if (syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0 ||
        unshare(CLONE_NEWUSER) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
        _exit(1);
}

/* The second column of a map is in the parent's numbers, whoever writes it. */
static int write_map(pid_t pid, const char *name, const struct ck_id_map *map, const struct ck_id_map *parent)
{
    char path[PATH_MAX];
    char text[200];
    int length = 0;

    for (unsigned i = 0; i < map->count; i++) {
        const struct ck_id_range *range = &map->ranges[i];

        length += snprintf(text + length, sizeof(text) - (size_t)length, "%u %u %u\n", range->inside,
                           ck_id_map_to_inside(parent, range->outside), range->count);
    }
    if (length == 0)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int result = fd < 0 || write(fd, text, (size_t)length) != length ? -1 : 0;
    close(fd);
    return result;
}

/*
 * Runs in a process of its own, inside the parent namespace: only from there may a map be written. Its child is in the
 * new namespace and waits until the pipe `until` is closed. Writes the child's pid to `ready`.
 */
static void create_userns(const struct ck_userns *userns, int parent_fd, int ready, int until)
{
    int created[2];
    char byte = 0;

    if ((userns->parent->parent != NULL && setns(parent_fd, CLONE_NEWUSER) < 0) || pipe(created) < 0)
        _exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        close(ready); /* else its reader would not see that this process's parent has failed */
        become_creator(userns);
        (void)!write(created[1], &byte, 1); /* a failure shows in the parent's read */
        (void)!read(until, &byte, 1);       /* only its end is of interest */
        _exit(0);
    }
    close(created[1]);
    if (read(created[0], &byte, 1) != 1 || write_map(pid, "uid_map", &userns->uids, &userns->parent->uids) < 0 ||
        write_map(pid, "gid_map", &userns->gids, &userns->parent->gids) < 0)
        _exit(1);
    (void)!write(ready, &pid, sizeof(pid)); /* a failure shows in the reader */
    waitpid(pid, NULL, 0);
    _exit(0);
}

static int open_userns(const struct ck_userns *userns, int parent_fd)
{
    char path[PATH_MAX];
    int ready[2];
    int until[2];
    pid_t inside = 0;
    int fd = -1;

    if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(until, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        close(until[1]);
        create_userns(userns, parent_fd, ready[1], until[0]);
    }
    close(ready[1]);
    close(until[0]);
    if (read(ready[0], &inside, sizeof(inside)) == sizeof(inside)) {
        (void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)inside);
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    close(ready[0]);
    close(until[1]);
    waitpid(pid, NULL, 0);
    return fd;
}

int compare_userns_open(int ret_fds[COMPARE_USERNS])
{
    ret_fds[0] = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
    for (unsigned i = 1; i < COMPARE_USERNS; i++) {
        long parent = compare_userns[i].parent - compare_userns;

        ret_fds[i] = open_userns(&compare_userns[i], ret_fds[parent]);
        if (ret_fds[i] < 0)
            return -1;
    }
    return 0;
}
