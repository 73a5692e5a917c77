/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "calls.h"

#include <linux/capability.h>
#include <string.h>

const struct ck_watched ck_calls[] = {
    {"setuid", CK_WATCH_UID, CK_DENIED_EPERM, CAP_SETUID},
    {"setreuid", CK_WATCH_UID, CK_DENIED_EPERM, CAP_SETUID},
    {"setresuid", CK_WATCH_UID, CK_DENIED_EPERM, CAP_SETUID},
    {"setfsuid", CK_WATCH_UID, 0, 0},
    {"setuid32", CK_WATCH_UID, CK_DENIED_EPERM, CAP_SETUID},
    {"setreuid32", CK_WATCH_UID, CK_DENIED_EPERM, CAP_SETUID},
    {"setresuid32", CK_WATCH_UID, CK_DENIED_EPERM, CAP_SETUID},
    {"setfsuid32", CK_WATCH_UID, 0, 0},
    {"setgid", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setregid", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setresgid", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setfsgid", CK_WATCH_GID, 0, 0},
    {"setgroups", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setgid32", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setregid32", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setresgid32", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"setfsgid32", CK_WATCH_GID, 0, 0},
    {"setgroups32", CK_WATCH_GID, CK_DENIED_EPERM, CAP_SETGID},
    {"capset", CK_WATCH_CAPS, CK_DENIED_EPERM, CAP_SETPCAP},
    {"prctl", CK_WATCH_CAPS, 0, 0},
    {"execve", CK_WATCH_EXEC, CK_DENIED_EACCES, CAP_DAC_OVERRIDE},
    {"execveat", CK_WATCH_EXEC, 0, 0},
    {"unshare", CK_WATCH_USERNS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"setns", CK_WATCH_USERNS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"clone", CK_WATCH_CLONE, 0, 0},
    {"clone3", CK_WATCH_CLONE, 0, 0},
    {"acct", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_PACCT},
    {"adjtimex", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_TIME},
    {"bind", CK_WATCH_NEEDS, 0, 0},
    {"bpf", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_BPF},
    {"chmod", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_FOWNER},
    {"chown", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"chown32", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"chroot", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_CHROOT},
    {"clock_adjtime", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_TIME},
    {"clock_adjtime64", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_TIME},
    {"clock_settime", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_TIME},
    {"clock_settime64", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_TIME},
    {"delete_module", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_MODULE},
    {"fchmod", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_FOWNER},
    {"fchmodat", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_FOWNER},
    {"fchown", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"fchown32", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"fchownat", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"finit_module", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_MODULE},
    {"init_module", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_MODULE},
    {"ioperm", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_RAWIO},
    {"iopl", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_RAWIO},
    {"kill", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_KILL},
    {"lchown", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"lchown32", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_CHOWN},
    {"mknod", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_MKNOD},
    {"mknodat", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_MKNOD},
    {"mlock", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_IPC_LOCK},
    {"mlock2", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_IPC_LOCK},
    {"mlockall", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_IPC_LOCK},
    {"mount", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"open", CK_WATCH_NEEDS, 0, 0},
    {"openat", CK_WATCH_NEEDS, 0, 0},
    {"perf_event_open", CK_WATCH_NEEDS, CK_DENIED_EPERM | CK_DENIED_EACCES, CAP_PERFMON},
    {"prlimit64", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_RESOURCE},
    {"ptrace", CK_WATCH_PTRACE, CK_DENIED_EPERM, CAP_SYS_PTRACE},
    {"quotactl", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"reboot", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_BOOT},
    {"sched_setattr", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_NICE},
    {"sched_setparam", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_NICE},
    {"sched_setscheduler", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_NICE},
    {"setdomainname", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"sethostname", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"setpriority", CK_WATCH_NEEDS, CK_DENIED_EPERM | CK_DENIED_EACCES, CAP_SYS_NICE},
    {"setrlimit", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_RESOURCE},
    {"settimeofday", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_TIME},
    {"setxattr", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SETFCAP},
    {"socket", CK_WATCH_NEEDS, 0, 0},
    {"swapoff", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"swapon", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
    {"syslog", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYSLOG},
    {"tgkill", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_KILL},
    {"tkill", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_KILL},
    {"umount2", CK_WATCH_NEEDS, CK_DENIED_EPERM, CAP_SYS_ADMIN},
};

const size_t ck_calls_count = sizeof(ck_calls) / sizeof(ck_calls[0]);

const struct ck_watched *ck_calls_find(const char *name)
{
    for (size_t i = 0; i < ck_calls_count; i++) {
        if (strcmp(ck_calls[i].name, name) == 0)
            return &ck_calls[i];
    }
    return NULL;
}
