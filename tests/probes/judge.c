/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * judge AMBIENT UID: ends with 0 where this process has exactly these capabilities (hexadecimal), permitted, effective
 * and ambient, and these uids. Static and silent, for tests that start it thousands of times.
 */
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t ambient_set(void)
{
    uint64_t mask = 0;

    for (unsigned cap = 0; cap < 64; cap++) {
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
            mask |= UINT64_C(1) << cap;
    }
    return mask;
}

int main(int argc, char *argv[])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    uid_t ruid;
    uid_t euid;
    uid_t suid;

    if (argc != 3 || syscall(SYS_capget, &header, data) < 0 || getresuid(&ruid, &euid, &suid) < 0)
        return 99;
    uint64_t wanted = strtoull(argv[1], NULL, 16);
    uid_t uid = (uid_t)strtoul(argv[2], NULL, 10);
    uint64_t permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    uint64_t effective = data[0].effective | (uint64_t)data[1].effective << 32;
    if (ruid != uid || euid != uid || suid != uid)
        return 1;
    return permitted == wanted && effective == wanted && ambient_set() == wanted ? 0 : 2;
}
