/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * File capabilities: the extended attribute security.capability (capabilities(7), "File capability extended attribute
 * versioning"; get_vfs_caps_from_disk). getxattr(2) hands out revisions 2 and 3 only, and numbers the root uid as its
 * caller sees it; exec honours revision 1 as well, which nothing but an old disk still holds.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ck_file_caps {
    uint64_t permitted;
    uint64_t inheritable;
    bool effective;
    uid_t root_uid; /* they count in the user namespace whose uid 0 this is, and below it */
};

/*
 * Reads the `length` bytes of the attribute. Returns 0, -EINVAL for what the kernel does not know, or -ERANGE for more
 * than it ever reads; it refuses to execute such a file, with the same error.
 */
int ck_file_caps_parse(const void *bytes, size_t length, struct ck_file_caps *ret_caps);
