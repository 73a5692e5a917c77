/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nearest.h"

#include <string.h>

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

bool ck_is_word(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++) {
        if (ck_lower(text[i]) != word[i])
            return false;
    }
    return word[length] == '\0';
}

static bool is_same(char a, char b)
{
    return ck_lower(a) == ck_lower(b);
}

/* The usual table of prefixes (Wagner and Fischer; Damerau's exchange of neighbours), of which three rows are needed. */
unsigned ck_edit_distance(const char *a, size_t length, const char *b)
{
    unsigned rows[3][CK_NEAREST_MAX + 1];
    size_t width = strlen(b);

    if (length > CK_NEAREST_MAX || width > CK_NEAREST_MAX)
        return 2 * CK_NEAREST_MAX;
    for (unsigned j = 0; j <= width; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= length; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= width; j++) {
            unsigned change = above[j - 1] + !is_same(a[i - 1], b[j - 1]);

            row[j] = min2(change, min2(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && is_same(a[i - 1], b[j - 2]) && is_same(a[i - 2], b[j - 1]))
                row[j] = min2(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[length % 3][width];
}

/* Words are parted by what is no letter or digit (net_raw, for-user), or begin with a capital (BoundingSet). */
static bool is_word_start(const char *name, size_t at)
{
    char before = at > 0 ? ck_lower(name[at - 1]) : '_';
    bool is_inside = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');

    return !is_inside || (name[at] >= 'A' && name[at] <= 'Z');
}

static bool begins(const char *name, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_same(name[i], text[i])) /* the end of the name is no letter of the text */
            return false;
    }
    return true;
}

enum { RANK_SAME, RANK_WORDS, RANK_BEGINNING, RANK_EDITS };

/* Two letters are a part of too many names. */
#define PART_MIN 3

static unsigned rank_part(const char *text, size_t length, const char *name)
{
    unsigned rank = CK_NEAREST_FAR;

    for (size_t at = 0; length >= PART_MIN && name[at] != '\0'; at++) {
        if (!is_word_start(name, at) || !begins(name + at, text, length))
            continue;
        bool is_whole = name[at + length] == '\0' || is_word_start(name, at + length);
        rank = min2(rank, is_whole ? RANK_WORDS : RANK_BEGINNING);
    }
    return rank;
}

static unsigned rank_name(const char *text, size_t length, const char *name)
{
    unsigned distance = ck_edit_distance(text, length, name);
    unsigned part = rank_part(text, length, name);

    if (distance == 0)
        return RANK_SAME;
    /* One letter in three: "all" is not "kill". */
    return 3 * (size_t)distance <= length || 3 * (size_t)distance <= strlen(name) ? min2(part, RANK_EDITS + distance)
                                                                                  : part;
}

bool ck_nearest_offer(struct ck_nearest *nearest, const char *text, size_t length, const char *name)
{
    unsigned rank = rank_name(text, length, name);

    if (rank == nearest->rank)
        nearest->name = NULL;
    if (rank >= nearest->rank)
        return false;
    *nearest = (struct ck_nearest){name, rank};
    return true;
}
