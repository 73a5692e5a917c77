/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"

#include <linux/capability.h>
#include <string.h>

#include "capset.h"
#include "names_table.h"
#include "nearest.h"

#define NAME_COUNT (sizeof(cap_names) / sizeof(cap_names[0]))
#define PREFIX_LENGTH 4 /* "cap_" */

#define BIT(cap) (UINT64_C(1) << (cap))
#define ROOTLIKE_MASK                                                                                                  \
    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) | BIT(CAP_SETGID) |           \
     BIT(CAP_SETUID) | BIT(CAP_SYS_MODULE) | BIT(CAP_SYS_RAWIO) | BIT(CAP_SYS_CHROOT) | BIT(CAP_SYS_PTRACE) |          \
     BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_BOOT) | BIT(CAP_MKNOD) | BIT(CAP_SETFCAP) | BIT(CAP_BPF) | BIT(CAP_PERFMON))

const char *ck_cap_name(unsigned cap)
{
    return cap < NAME_COUNT ? cap_names[cap] : NULL;
}

static int from_digits(const char *text, size_t length)
{
    int number = 0;

    if (length == 0 || length > 2)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number < (int)CK_CAPS_MAX ? number : -1;
}

/* Whether `text` begins with "cap_", in any case. */
static bool has_prefix(const char *text, size_t length)
{
    return length > PREFIX_LENGTH && ck_is_word(text, PREFIX_LENGTH, "cap_");
}

int ck_cap_from_text(const char *text, size_t length)
{
    const char *bare = has_prefix(text, length) ? text + PREFIX_LENGTH : text;
    size_t bare_length = length - (size_t)(bare - text);

    for (unsigned cap = 0; bare_length > 0 && cap < NAME_COUNT; cap++) {
        const char *name = cap_names[cap] + PREFIX_LENGTH;

        if (*name == ck_lower(*bare) && ck_is_word(bare, bare_length, name))
            return (int)cap;
    }
    return from_digits(text, length);
}

bool ck_cap_is_rootlike(unsigned cap)
{
    return cap < CK_CAPS_MAX && (ROOTLIKE_MASK & ck_cap_bit(cap)) != 0;
}

const char *ck_cap_nearest(const char *text, size_t length)
{
    size_t skip = 0;
    struct ck_nearest nearest = CK_NEAREST_NONE;
    unsigned best = 0;

    while (skip < length && strchr("^!%~+", text[skip]) != NULL) /* the marks of libcap and systemd */
        skip++;
    if (has_prefix(text + skip, length - skip))
        skip += PREFIX_LENGTH;
    for (unsigned cap = 0; cap < NAME_COUNT; cap++) {
        if (ck_nearest_offer(&nearest, text + skip, length - skip, cap_names[cap] + PREFIX_LENGTH))
            best = cap;
    }
    /* Who copies what is proposed is not to be root by it; the next best would be further from what was meant. */
    return nearest.name == NULL || ck_cap_is_rootlike(best) ? NULL : cap_names[best];
}
