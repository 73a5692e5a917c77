/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* su_exec UID PROGRAM ARG…: a launcher of the su-exec kind, in the few functions that every C library has. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    gid_t gid;

    if (argc < 3)
        return 99;
    gid = (gid_t)strtoul(argv[1], NULL, 10);
    if (setgroups(1, &gid) < 0 || setgid(gid) < 0 || setuid((uid_t)gid) < 0) {
        perror("su_exec");
        return 125;
    }
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    return errno == ENOENT ? 127 : 126;
}
