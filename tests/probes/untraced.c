/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * untraced clone|clone3 UID PROGRAM: a child that tracers are not to follow (CLONE_UNTRACED) becomes UID, by a system call of
 * its own, and executes PROGRAM. Tells whether the flags are afterwards what they were. Exit status 0 if all of it went well.
 */
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t make_by_clone(void)
{
    return (pid_t)syscall(SYS_clone, (unsigned long)CLONE_UNTRACED | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Where nothing can be written, as a constant of a program's lies. */
static const struct clone_args constant = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};

static pid_t make_by_clone3(void)
{
    return (pid_t)syscall(SYS_clone3, &constant, sizeof(constant));
}

int main(int argc, char *argv[])
{
    int status = -1;

    if (argc != 4)
        return 99;
    pid_t child = strcmp(argv[1], "clone") == 0 ? make_by_clone() : make_by_clone3();
    if (child == 0) {
        uid_t uid = (uid_t)strtoul(argv[2], NULL, 10);
        if (syscall(SYS_setresuid, uid, uid, uid) == 0)
            execl(argv[3], argv[3], (char *)NULL);
        _exit(98);
    }
    waitpid(child, &status, 0);
    puts(*(const volatile uint64_t *)&constant.flags == CLONE_UNTRACED ? "flags: as they were" : "flags: changed");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}
