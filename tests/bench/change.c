/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * change UID [PROGRAM]: makes the credential change, and executes PROGRAM. A getppid stands before the change, after it
 * and nowhere else, so that whoever counts system calls can tell what belongs to which.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    if (argc < 2)
        return 2;
    uid_t uid = (uid_t)strtoul(argv[1], NULL, 10);

    (void)getppid(); /* the mark is that it was called */
    int result = setresuid(uid, uid, uid);
    (void)getppid();
    if (result < 0) {
        perror("setresuid");
        return 1;
    }
    if (argc > 2) {
        execv(argv[2], argv + 2);
        perror(argv[2]);
        return 127;
    }
    return 0;
}
