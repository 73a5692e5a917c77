/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "readable.h"

#include <stdint.h>
#include <string.h>

#include "sys.h"

/* Of the smallest pages that there are; larger ones are asked for more than once. */
#define PAGE ((uintptr_t)4096)

/* A list and its strings lie in a few pages, but not one after the other. */
struct seen {
    uintptr_t pages[4];
    unsigned next;
};

static bool is_readable(struct seen *seen, const void *memory)
{
    uintptr_t page = (uintptr_t)memory & ~(PAGE - 1);

    for (unsigned i = 0; i < sizeof(seen->pages) / sizeof(seen->pages[0]); i++) {
        if (page != 0 && seen->pages[i] == page)
            return true;
    }
    if (!ck_sys_can_read(memory))
        return false;
    seen->pages[seen->next++ % (sizeof(seen->pages) / sizeof(seen->pages[0]))] = page;
    return true;
}

static bool is_readable_string(struct seen *seen, const char *string)
{
    for (;;) {
        size_t length = PAGE - ((uintptr_t)string & (PAGE - 1));

        if (!is_readable(seen, string))
            return false;
        if (memchr(string, '\0', length) != NULL)
            return true;
        string += length;
    }
}

bool ck_readable_list(char *const *list)
{
    struct seen seen = {.next = 0};

    for (; list != NULL; list++) {
        /* It need not be aligned. */
        if (!is_readable(&seen, list) || !is_readable(&seen, (const char *)(list + 1) - 1))
            return false;
        if (*list == NULL)
            return true;
        if (!is_readable_string(&seen, *list))
            return false;
    }
    return true;
}
