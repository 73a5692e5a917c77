/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scratch.h"

#include "sys.h"

void *ck_scratch_take(size_t size)
{
    void *memory;

    return ck_sys_mmap(size, &memory) < 0 ? NULL : memory;
}

void ck_scratch_give_back(void *memory, size_t size)
{
    if (memory != NULL)
        (void)ck_sys_munmap(memory, size); /* a whole mapping, which is not split: nothing to refuse */
}
