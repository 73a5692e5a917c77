/*
 * forbid CALL… -- COMMAND…: executes COMMAND, in which the calls of these names fail with EPERM, as in a container whose
 * seccomp profile does not allow them. Exit status 99 where that cannot be had.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int i = 1;

    if (filter == NULL || seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0)
        return 99;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(argv[i]), 0) < 0)
            return 99;
    }
    if (i + 1 >= argc || seccomp_load(filter) < 0)
        return 99;
    execvp(argv[i + 1], argv + i + 1);
    perror(argv[i + 1]);
    return 99;
}
