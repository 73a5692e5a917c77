#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * How many letters have to be inserted, removed or changed to make `a` (`length` bytes) into `b`, ignoring case; for
 * "did you mean". Texts longer than CK_NEAREST_MAX count as entirely different.
 */
#define CK_NEAREST_MAX 40U
unsigned ck_edit_distance(const char *a, size_t length, const char *b);

/* Whether `text` (`length` bytes) is this word, ignoring case; the word itself is in small letters. */
bool ck_is_word(const char *text, size_t length, const char *word);

/* 'A' to 'Z' become small, whatever the locale. */
static inline char ck_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
