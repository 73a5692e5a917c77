/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "describe.h"

#include <linux/securebits.h>
#include <stdbool.h>

#include "../../model/kernel.h"
#include "../../shim/hot/creds_read.h"
#include "users.h"

void ck_describe_caps(struct ck_text *text, uint64_t mask, uint64_t all_mask)
{
    uint64_t missing_mask = all_mask & ~mask;

    if ((mask & ~all_mask) != 0 || __builtin_popcountll(mask) <= __builtin_popcountll(missing_mask) + 1) {
        ck_text_caps(text, mask);
        return;
    }
    ck_text_string(text, "all ");
    ck_text_number(text, (uint64_t)__builtin_popcountll(all_mask));
    if (missing_mask == 0)
        return;
    ck_text_string(text, " but ");
    ck_text_caps(text, missing_mask);
}

uint64_t ck_describe_known_caps(void)
{
    const struct ck_kernel kernel = {.last_cap = ck_creds_last_cap()};

    return ck_kernel_caps(&kernel);
}

static const struct {
    uint32_t bit;
    const char *name;
} securebit_names[] = {
    {SECBIT_NOROOT, "noroot"},
    {SECBIT_NOROOT_LOCKED, "noroot_locked"},
    {SECBIT_NO_SETUID_FIXUP, "no_setuid_fixup"},
    {SECBIT_NO_SETUID_FIXUP_LOCKED, "no_setuid_fixup_locked"},
    {SECBIT_KEEP_CAPS, "keep_caps"},
    {SECBIT_KEEP_CAPS_LOCKED, "keep_caps_locked"},
    {SECBIT_NO_CAP_AMBIENT_RAISE, "no_cap_ambient_raise"},
    {SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED, "no_cap_ambient_raise_locked"},
};

void ck_describe_securebits(struct ck_text *text, uint32_t securebits)
{
    bool any = false;

    for (size_t i = 0; i < sizeof(securebit_names) / sizeof(securebit_names[0]); i++) {
        if ((securebits & securebit_names[i].bit) == 0)
            continue;
        if (any)
            ck_text_char(text, ',');
        ck_text_string(text, securebit_names[i].name);
        securebits &= ~securebit_names[i].bit;
        any = true;
    }
    /* Of a newer kernel. */
    if (securebits != 0) {
        ck_text_string(text, any ? ",0x" : "0x");
        ck_text_hex(text, securebits);
    } else if (!any) {
        ck_text_string(text, "none");
    }
}

void ck_describe_user(struct ck_text *text, uid_t uid)
{
    const char *name = ck_users_name(uid);

    if (name != NULL)
        ck_text_printable(text, name);
    else
        ck_text_id(text, uid);
}
