/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "runtime.h"

#include <string.h>

static bool contains(const char *name, size_t length, const char *part)
{
    size_t part_length = strlen(part);

    for (; length >= part_length; name++, length--) {
        if (memcmp(name, part, part_length) == 0)
            return true;
    }
    return false;
}

bool ck_runtime_is_first(const char *name, size_t length)
{
    /* As it looks for itself (IsDynamicRTName in compiler-rt's asan_linux.cpp). */
    return contains(name, length, "libasan.so") || contains(name, length, "libclang_rt.asan");
}
