/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>

#include "../../shim/hot/sys.h"

/* A file without the attribute, and one on a file system that has none, are alike. */
static int read_caps(const char *path, unsigned char caps[CK_FILE_CAPS_SIZE], struct ck_file *file)
{
    ssize_t length = getxattr(path, "security.capability", caps, CK_FILE_CAPS_SIZE);

    if (length < 0 && errno != ENODATA && errno != EOPNOTSUPP && errno != ERANGE)
        return -errno;
    if (length < 0 && errno != ERANGE)
        return 0;
    file->caps = caps;
    file->caps_length = length < 0 ? CK_FILE_CAPS_SIZE : (size_t)length;
    return 0;
}

int ck_file_read(const char *path, unsigned char caps[CK_FILE_CAPS_SIZE], struct ck_file *ret_file)
{
    struct ck_file_stat stat;
    int result = ck_sys_statx(AT_FDCWD, path, 0, &stat);

    if (result < 0)
        return result;
    result = ck_sys_is_nosuid(path);
    if (result < 0)
        return result;
    *ret_file = (struct ck_file){.mode = stat.mode, .uid = stat.uid, .gid = stat.gid, .nosuid = result == 1};
    return read_caps(path, caps, ret_file);
}
