/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the kernel looks at in a file that is executed. */
#include <linux/capability.h>

#include "../../model/exec.h"

/* One byte more than any that is valid: a longer value is seen to be too long. */
#define CK_FILE_CAPS_SIZE (XATTR_CAPS_SZ_3 + 1)

/* Returns 0 or -errno. `ret_file` points into `caps`. */
int ck_file_read(const char *path, unsigned char caps[CK_FILE_CAPS_SIZE], struct ck_file *ret_file);
