#pragma once
#include <stddef.h>

/*
 * How many letters have to be inserted, removed or changed to make `a` (`length` bytes) into `b`, ignoring case; for
 * "did you mean". Texts longer than CK_NEAREST_MAX count as entirely different.
 */
#define CK_NEAREST_MAX 40U
unsigned ck_edit_distance(const char *a, size_t length, const char *b);

/* 'A' to 'Z' become small, whatever the locale. */
static inline char ck_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
