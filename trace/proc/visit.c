/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "visit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_place(pid_t tid, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", tid, name); /* it fits */
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* The same directory on the same mount: one of another mount namespace may look the same and have other mounts below. */
static bool is_same(int a, int b)
{
    struct statx x;
    struct statx y;

    return statx(a, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &x) == 0 &&
           statx(b, "", AT_EMPTY_PATH, STATX_INO | STATX_MNT_ID, &y) == 0 && x.stx_ino == y.stx_ino &&
           x.stx_mnt_id == y.stx_mnt_id && x.stx_dev_major == y.stx_dev_major && x.stx_dev_minor == y.stx_dev_minor;
}

static int enter_root(int directory)
{
    return fchdir(directory) < 0 || chroot(".") < 0 ? -errno : 0;
}

int ck_visit_begin(pid_t tid, struct ck_visit *ret_visit)
{
    int own = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int root = open_place(tid, "root");
    int cwd = open_place(tid, "cwd");
    int result = own < 0 || root < 0 || cwd < 0 ? -errno : 0;

    ret_visit->root = -1;
    if (result == 0 && !is_same(own, root)) {
        result = enter_root(root);
        if (result == 0)
            ret_visit->root = own;
    }
    if (result == 0 && fchdir(cwd) < 0) {
        result = -errno;
        ck_visit_end(ret_visit);
    }
    if (own >= 0 && ret_visit->root < 0)
        (void)close(own); /* O_PATH, as the others: nothing is lost with it */
    if (root >= 0)
        (void)close(root);
    if (cwd >= 0)
        (void)close(cwd);
    return result;
}

void ck_visit_end(struct ck_visit *visit)
{
    if (visit->root >= 0) {
        /* In a foreign root every later answer would be of foreign files; its tracees end with it. */
        if (enter_root(visit->root) < 0)
            abort();
        (void)close(visit->root);
        visit->root = -1;
    }
    if (chdir("/") < 0)
        abort();
}
