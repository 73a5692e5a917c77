/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rootlike.h"

#include <linux/capability.h>
#include <stddef.h>

static const char *const reasons[] = {
    [CAP_CHOWN] = "it takes any file, /etc/shadow among them",
    [CAP_DAC_OVERRIDE] = "it writes any file, /etc/shadow among them",
    [CAP_DAC_READ_SEARCH] = "it reads any file, keys and password hashes among them",
    [CAP_FOWNER] = "it changes the mode of any file",
    [CAP_SETGID] = "it takes on any group, shadow and disk among them; launchers that probe their drop refuse to go on",
    [CAP_SETUID] = "it becomes any user, root among them; launchers that probe their drop refuse to go on",
    [CAP_SYS_MODULE] = "it loads code into the kernel",
    [CAP_SYS_RAWIO] = "it reads and writes memory and devices directly",
    [CAP_SYS_CHROOT] = "it starts set-user-ID programs with libraries of its own",
    [CAP_SYS_PTRACE] = "it takes over any process",
    [CAP_SYS_ADMIN] = "it mounts over any file, and much more",
    [CAP_SYS_BOOT] = "it starts another kernel (kexec)",
    [CAP_MKNOD] = "it makes the disk's device file, and reads and writes through it",
    [CAP_SETFCAP] = "it gives capabilities to a file, and so to itself",
    [CAP_BPF] = "with cap_perfmon it reads the kernel's memory",
    [CAP_PERFMON] = "with cap_bpf it reads the kernel's memory",
};

const char *ck_rootlike_why(unsigned cap)
{
    return cap < sizeof(reasons) / sizeof(reasons[0]) ? reasons[cap] : NULL;
}
