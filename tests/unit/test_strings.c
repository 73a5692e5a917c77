/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's own functions for memory, held against the C library's: at each place in a word, with each rest of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Under names of their own, beside those of the C library. */
#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define bcmp own_bcmp
#define memchr own_memchr
#define strlen own_strlen
#define strnlen own_strnlen
#define strcmp own_strcmp
#define strncmp own_strncmp
#define strchr own_strchr
#define strcspn own_strcspn
#define strspn own_strspn
#define strcpy own_strcpy
#include "../../shim/strings.c" /* NOLINT(bugprone-suspicious-include): nothing else gives them other names */
#undef memcpy
#undef memmove
#undef memset
#undef memchr

#define PLACES (2 * sizeof(word))
#define LENGTH_MAX (3 * sizeof(word) + 1)
#define SIZE (PLACES + LENGTH_MAX + sizeof(word))

/* Bytes that a subtraction of words could take for one another: 0, 1, what has the highest bit, and all others. */
static void fill(unsigned char ret_bytes[SIZE], unsigned seed)
{
    static const unsigned char hard[] = {0, 1, 0x80, 0x81, 0x7f, 0xff, 0xfe, '\n'};

    for (size_t i = 0; i < SIZE; i++) {
        seed = seed * 1103515245 + 12345;
        ret_bytes[i] = (seed >> 16 & 1) != 0 ? hard[seed >> 20 & 7] : (unsigned char)(seed >> 20);
    }
}

static void memory_is_searched_as_the_c_library_does(void **state)
{
    unsigned char bytes[SIZE];

    (void)state; /* cmocka's signature */
    for (unsigned seed = 0; seed < 200; seed++) {
        fill(bytes, seed);
        for (size_t place = 0; place < PLACES; place++) {
            for (size_t length = 0; length <= LENGTH_MAX; length++) {
                int byte = bytes[(seed + length) % SIZE];
                assert_ptr_equal(own_memchr(bytes + place, byte, length), memchr(bytes + place, byte, length));
                assert_ptr_equal(own_memchr(bytes + place, byte - 256, length), memchr(bytes + place, byte, length));
            }
        }
    }
}

static void memory_is_filled_to_its_ends_and_no_further(void **state)
{
    unsigned char own[SIZE];
    unsigned char libc[SIZE];

    (void)state; /* cmocka's signature */
    for (size_t place = 0; place < PLACES; place++) {
        for (size_t length = 0; length <= LENGTH_MAX; length++) {
            fill(own, (unsigned)length);
            fill(libc, (unsigned)length);
            own_memset(own + place, 0x1a5, length);
            memset(libc + place, 0xa5, length);
            assert_memory_equal(own, libc, SIZE);
        }
    }
}

/* Also over itself: forwards and backwards, by less than a word and by more. */
static void memory_is_copied_and_moved_as_the_c_library_does(void **state)
{
    unsigned char own[SIZE];
    unsigned char libc[SIZE];

    (void)state; /* cmocka's signature */
    for (size_t from = 0; from < PLACES; from++) {
        for (size_t to = 0; to < PLACES; to++) {
            for (size_t length = 0; length <= LENGTH_MAX; length++) {
                fill(own, (unsigned)(from + to));
                fill(libc, (unsigned)(from + to));
                assert_ptr_equal(own_memmove(own + to, own + from, length), own + to);
                memmove(libc + to, libc + from, length);
                assert_memory_equal(own, libc, SIZE);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_searched_as_the_c_library_does),
        cmocka_unit_test(memory_is_filled_to_its_ends_and_no_further),
        cmocka_unit_test(memory_is_copied_and_moved_as_the_c_library_does),
    };

    return cmocka_run_group_tests_name("strings", tests, NULL, NULL);
}
