/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guard.h"

#include <linux/securebits.h>

void ck_guard_capset(uint64_t guard_mask, const struct ck_capset *now, struct ck_capset *asked)
{
    uint64_t held_mask = guard_mask & now->permitted;

    if ((asked->effective & ~asked->permitted) != 0)
        return;
    asked->permitted |= held_mask;
    asked->inheritable |= held_mask & now->inheritable;
    asked->effective |= held_mask & now->ambient;
}

unsigned long ck_guard_securebits(unsigned long asked, uint32_t now, bool any_root, bool raises)
{
    /* cap_task_prctl refuses PR_CAP_AMBIENT_RAISE with the first, PR_SET_KEEPCAPS with the second. */
    if (raises && (now & SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED) == 0)
        asked &= ~(unsigned long)(SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED);
    if (any_root && (asked & SECBIT_KEEP_CAPS) == 0 && (now & SECBIT_KEEP_CAPS_LOCKED) == 0)
        asked &= ~(unsigned long)SECBIT_KEEP_CAPS_LOCKED;
    return asked;
}
