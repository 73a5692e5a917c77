/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * forbid CALL[=NUMBER|!]… -- COMMAND…: executes COMMAND, in which the calls of these names fail with EPERM, as in a container
 * whose seccomp profile does not allow them; or, with this number for their first argument, with EIO, as what a kernel does
 * not know yet; or, with an exclamation mark, kill, as in a unit of systemd. Exit status 99 where that cannot be had.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add_rule(scmp_filter_ctx filter, char *call)
{
    char *number = strchr(call, '=');
    char *kills = strchr(call, '!');

    if (kills != NULL) {
        *kills = '\0';
        return seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, seccomp_syscall_resolve_name(call), 0);
    }
    if (number == NULL)
        return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(call), 0);
    *number++ = '\0';
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EIO), seccomp_syscall_resolve_name(call), 1,
                            SCMP_A0(SCMP_CMP_EQ, strtoul(number, NULL, 0), 0));
}

int main(int argc, char *argv[])
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int i = 1;

    if (filter == NULL || seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0)
        return 99;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (add_rule(filter, argv[i]) < 0)
            return 99;
    }
    if (i + 1 >= argc || seccomp_load(filter) < 0)
        return 99;
    execvp(argv[i + 1], argv + i + 1);
    perror(argv[i + 1]);
    return 99;
}
