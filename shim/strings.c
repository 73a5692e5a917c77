/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The C library's functions for memory and strings, as far as the library uses them, once more and for it alone. An
 * import is looked up by ld.so at each start of each program that the library is preloaded into, also where there is
 * nothing to keep; a dozen of them cost as much as all that the constructor does then. What is handled here is short.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* GCC would make calls of these functions of the loops that they are; clang does not where they are no built-ins. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

/* A piece of memory that is taken at once, wherever it lies and whatever it is of. */
typedef uintptr_t __attribute__((may_alias, aligned(1))) word;

/* A word of 0x01 bytes: times a byte, that byte everywhere. */
#define ONES (UINTPTR_MAX / UCHAR_MAX)

/* The subtraction sets a highest bit that was not set in the lowest byte that is 0, and in none where no byte is. */
static bool has_zero(uintptr_t bytes)
{
    return ((bytes - ONES) & ~bytes & ONES * 0x80) != 0;
}

/* Forwards, as memmove relies on. */
void *memcpy(void *to, const void *from, size_t size)
{
    char *at = to;
    const char *source = from;

    for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word), source += sizeof(word))
        *(word *)at = *(const word *)source;
    while (size-- > 0)
        *at++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    char *at = to;
    const char *source = from;

    if (at <= source)
        return memcpy(to, from, size);
    while (size-- > 0)
        at[size] = source[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    const uintptr_t pattern = ONES * (unsigned char)byte;
    char *at = to;

    for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word))
        *(word *)at = pattern;
    while (size-- > 0)
        *at++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a;
    const unsigned char *right = b;

    for (; size > 0; size--, left++, right++) {
        if (*left != *right)
            return *left - *right;
    }
    return 0;
}

/* What clang makes of a memcmp that asks only whether something is the same. */
int bcmp(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size);
}

void *memchr(const void *memory, int byte, size_t size)
{
    const uintptr_t pattern = ONES * (unsigned char)byte;
    const unsigned char *at = memory;

    while (size >= sizeof(word) && !has_zero(*(const word *)at ^ pattern)) {
        size -= sizeof(word);
        at += sizeof(word);
    }
    for (; size > 0; size--, at++) {
        if (*at == (unsigned char)byte)
            return (void *)at;
    }
    return NULL;
}

size_t strlen(const char *string)
{
    size_t length = 0;

    while (string[length] != '\0')
        length++;
    return length;
}

size_t strnlen(const char *string, size_t limit)
{
    size_t length = 0;

    while (length < limit && string[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t limit)
{
    for (; limit > 0; limit--, a++, b++) {
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
    }
    return 0;
}

char *strchr(const char *string, int c)
{
    for (; *string != (char)c; string++) {
        if (*string == '\0')
            return NULL;
    }
    return (char *)string;
}

size_t strcspn(const char *string, const char *stops)
{
    size_t length = 0;

    while (string[length] != '\0' && strchr(stops, string[length]) == NULL)
        length++;
    return length;
}

size_t strspn(const char *string, const char *set)
{
    size_t length = 0;

    while (string[length] != '\0' && strchr(set, string[length]) != NULL)
        length++;
    return length;
}

char *strcpy(char *restrict to, const char *restrict from)
{
    return memcpy(to, from, strlen(from) + 1);
}

#if UINTPTR_MAX > UINT32_MAX
/*
 * Asked for by inih's reader of files, which nobody calls: it may have been built with the name that glibc's headers choose.
 * musl has none for it since 1.2.4, and before that a macro.
 */
#undef fopen64
/* NOLINTNEXTLINE(readability-redundant-declaration): glibc's headers have it */
FILE *fopen64(const char *restrict path, const char *restrict mode);

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return fopen(path, mode);
}
#endif
