/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shared.h"

#include <stdlib.h>
#include <string.h>

struct ck_shared {
    size_t refs;
    size_t size;
    max_align_t data[];
};

void ck_shared_set(struct ck_shared **place, const void *data, size_t size)
{
    struct ck_shared *shared = *place;

    if (shared != NULL && shared->size == size && memcmp(shared->data, data, size) == 0)
        return;
    ck_shared_drop(shared);
    *place = shared = malloc(sizeof(*shared) + size);
    if (shared == NULL)
        return;
    shared->refs = 1;
    shared->size = size;
    memcpy(shared->data, data, size);
}

struct ck_shared *ck_shared_take(struct ck_shared *shared)
{
    if (shared != NULL)
        shared->refs++;
    return shared;
}

void ck_shared_drop(struct ck_shared *shared)
{
    if (shared != NULL && --shared->refs == 0)
        free(shared);
}

const void *ck_shared_data(const struct ck_shared *shared)
{
    return shared != NULL ? shared->data : NULL;
}
