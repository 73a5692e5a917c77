/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel.h"

#include <sys/utsname.h>

#include "../hot/creds_read.h"

void ck_kernel_read(struct ck_kernel *ret_kernel)
{
    struct utsname system;
    unsigned last_cap = ck_creds_last_cap();

    /* One that does not tell its version is taken to be an old one, which clears ambient more often. */
    if (uname(&system) < 0 || ck_kernel_from_release(system.release, last_cap, ret_kernel) < 0)
        *ret_kernel = (struct ck_kernel){.last_cap = last_cap};
}
