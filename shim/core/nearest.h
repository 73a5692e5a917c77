/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * How many letters have to be inserted, removed, changed or exchanged with their neighbour to make `a` (`length` bytes)
 * into `b`, ignoring case. Texts longer than CK_NEAREST_MAX count as entirely different.
 */
#define CK_NEAREST_MAX 40U
unsigned ck_edit_distance(const char *a, size_t length, const char *b);

/*
 * What "did you mean" names: of all names offered the one that `text` is a part of ("net_bind" of "net_bind_service"), or
 * that it is nearly; `name` is NULL where there is none, or more than one. Begin with CK_NEAREST_NONE.
 */
struct ck_nearest {
    const char *name;
    unsigned rank;
};
#define CK_NEAREST_FAR (~0U)
#define CK_NEAREST_NONE ((struct ck_nearest){NULL, CK_NEAREST_FAR})

/* Returns whether `name` is nearer than all before it. */
bool ck_nearest_offer(struct ck_nearest *nearest, const char *text, size_t length, const char *name);

/* Whether `text` (`length` bytes) is this word, ignoring case; the word itself is in small letters. */
bool ck_is_word(const char *text, size_t length, const char *word);

/* 'A' to 'Z' become small, whatever the locale. */
static inline char ck_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
