/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file_caps.h"

#include <errno.h>
#include <linux/capability.h>

/* Little-endian on every architecture, and not aligned. */
static uint32_t read_word(const unsigned char *bytes, size_t index)
{
    const unsigned char *at = bytes + index * 4;

    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static size_t length_of(uint32_t revision)
{
    switch (revision) {
    case VFS_CAP_REVISION_1:
        return XATTR_CAPS_SZ_1;
    case VFS_CAP_REVISION_2:
        return XATTR_CAPS_SZ_2;
    case VFS_CAP_REVISION_3:
        return XATTR_CAPS_SZ_3;
    default:
        return 0;
    }
}

int ck_file_caps_parse(const void *bytes, size_t length, struct ck_file_caps *ret_caps)
{
    const unsigned char *data = bytes;

    if (length > XATTR_CAPS_SZ_3)
        return -ERANGE;
    if (length < sizeof(uint32_t))
        return -EINVAL;
    /* The word holds the revision and one flag; others are passed over. */
    uint32_t magic = read_word(data, 0);
    uint32_t revision = magic & VFS_CAP_REVISION_MASK;
    if (length != length_of(revision))
        return -EINVAL;

    struct ck_file_caps caps = {
        .permitted = read_word(data, 1),
        .inheritable = read_word(data, 2),
        .effective = (magic & VFS_CAP_FLAGS_EFFECTIVE) != 0,
    };
    if (revision != VFS_CAP_REVISION_1) {
        caps.permitted |= (uint64_t)read_word(data, 3) << 32;
        caps.inheritable |= (uint64_t)read_word(data, 4) << 32;
    }
    if (revision == VFS_CAP_REVISION_3)
        caps.root_uid = read_word(data, 5);
    *ret_caps = caps;
    return 0;
}
