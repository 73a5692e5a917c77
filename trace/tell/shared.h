/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Bytes that many threads have in common: a path, a list of groups. Of threads there may be thousands. */
#include <stddef.h>

struct ck_shared;

/*
 * Puts a copy of `data` in the place of what is there, unless that is the same. Without memory there is nothing in it, as
 * in the beginning (NULL).
 */
void ck_shared_set(struct ck_shared **place, const void *data, size_t size);

/* The same once more. Both take NULL. */
struct ck_shared *ck_shared_take(struct ck_shared *shared);
void ck_shared_drop(struct ck_shared *shared);

/* Aligned for anything; NULL where there is nothing. */
const void *ck_shared_data(const struct ck_shared *shared);
