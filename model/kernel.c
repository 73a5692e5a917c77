/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>

#include "../shim/core/capset.h"

/* One or two digits, which every version has. Returns what follows them, or NULL. */
static const char *read_number(const char *text, unsigned *ret_number)
{
    unsigned number = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (unsigned)(*at - '0');
    if (at == text || at - text > 2)
        return NULL;
    *ret_number = number;
    return at;
}

/*
 * The long-term series took the change of 6.3 back in April 2023 (5.10.179, 5.15.109, 6.1.26), and a distribution's
 * release does not tell the third number; they are taken to be that recent.
 */
static bool setresuid_may_rest(unsigned version)
{
    return version >= 602 || version == 601 || version == 515 || version == 510;
}

/* Major and minor number as one: 601 for 6.1. */
static int read_version(const char *release, unsigned *ret_version)
{
    unsigned major;
    unsigned minor;
    const char *rest = read_number(release, &major);

    if (rest == NULL || *rest != '.' || read_number(rest + 1, &minor) == NULL)
        return -EINVAL;
    *ret_version = major * 100 + minor;
    return 0;
}

int ck_kernel_from_release(const char *release, unsigned last_cap, struct ck_kernel *ret_kernel)
{
    unsigned version;

    if (read_version(release, &version) < 0)
        return -EINVAL;
    *ret_kernel = (struct ck_kernel){
        .last_cap = last_cap,
        .exec_by_effective = version >= 617,
        .setresuid_may_rest = setresuid_may_rest(version),
        .exec_securebits = version >= 614,
    };
    return 0;
}

int ck_kernel_from_version(const char *version, struct ck_kernel *ret_kernel)
{
    unsigned number;

    if (read_version(version, &number) < 0)
        return -EINVAL;
    if (number < 508)
        return -ERANGE;
    /* CAP_BPF came with 5.8, CAP_CHECKPOINT_RESTORE with 5.9, and none since. */
    return ck_kernel_from_release(version, number == 508 ? CAP_BPF : CAP_CHECKPOINT_RESTORE, ret_kernel);
}

uint64_t ck_kernel_caps(const struct ck_kernel *kernel)
{
    return kernel->last_cap >= CK_CAPS_MAX - 1 ? UINT64_MAX : ck_cap_bit(kernel->last_cap + 1) - 1;
}
