/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C4: who takes the library out of its environment again, and when that is once more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../shim/core/put_back.h"

#define HASH(...) ck_put_back_hash((char *const[]){__VA_ARGS__})

static void what_is_written_is_read(void **state)
{
    static const struct ck_put_back rows[] = {
        {1, 2, 3, 4}, {4194304, (dev_t)-1, (ino_t)-1, UINT64_MAX}, {INT32_MAX, 0, 0, 0}};
    char buffer[CK_PUT_BACK_SIZE];
    struct ck_put_back read;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ck_text text = ck_text_start(buffer, sizeof(buffer));
        ck_put_back_format(&rows[i], &text);
        assert_in_range(text.length, 1, sizeof(buffer) - 2); /* nothing was cut */
        assert_memory_equal(buffer, CK_VARIABLE_PUT_BACK "=", sizeof(CK_VARIABLE_PUT_BACK));
        assert_true(ck_put_back_parse(buffer + sizeof(CK_VARIABLE_PUT_BACK), &read));
        assert_memory_equal(&read, &rows[i], sizeof(read));
    }
}

static void anything_else_is_none(void **state)
{
    static const char *const values[] = {"",
                                         "1",
                                         "1:2:3",
                                         "1:2:3:",
                                         "1:2:3:4:",
                                         "1:2:3:4 ",
                                         " 1:2:3:4",
                                         "-1:2:3:4",
                                         "1:+2:3:4",
                                         "1:0x2:3:4",
                                         "2147483648:2:3:4",
                                         "1::3:4",
                                         "1:2:3:18446744073709551616"};
    struct ck_put_back read;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        memset(&read, 0x5a, sizeof(read));
        if (ck_put_back_parse(values[i], &read) || read.pid != 0)
            fail_msg("%s", values[i]);
    }
}

static void once_more_is_the_same_process_file_and_arguments(void **state)
{
    static const struct ck_put_back before = {1, 2, 3, 4};

    (void)state; /* cmocka's signature */
    assert_true(ck_put_back_is_again(&before, &before));
    assert_false(ck_put_back_is_again(&before, &(struct ck_put_back){9, 2, 3, 4}));
    assert_false(ck_put_back_is_again(&before, &(struct ck_put_back){1, 9, 3, 4}));
    assert_false(ck_put_back_is_again(&before, &(struct ck_put_back){1, 2, 9, 4}));
    assert_false(ck_put_back_is_again(&before, &(struct ck_put_back){1, 2, 3, 9}));
    /* Never was, and of which nothing is known. */
    assert_false(ck_put_back_is_again(&(struct ck_put_back){0, 2, 3, 4}, &(struct ck_put_back){0, 2, 3, 4}));
    assert_false(ck_put_back_is_again(&(struct ck_put_back){1, 0, 0, 4}, &(struct ck_put_back){1, 0, 0, 4}));
}

static void arguments_are_told_apart(void **state)
{
    (void)state; /* cmocka's signature */
    assert_int_equal(HASH("a", "b", NULL), HASH("a", "b", NULL));
    assert_int_equal(ck_put_back_hash(NULL), HASH(NULL));
    assert_int_not_equal(HASH(NULL), HASH("", NULL));
    assert_int_not_equal(HASH("", NULL), HASH("", "", NULL));
    assert_int_not_equal(HASH("ab", NULL), HASH("a", "b", NULL));
    assert_int_not_equal(HASH("a", "b", NULL), HASH("b", "a", NULL));
    assert_int_not_equal(HASH("env", "-i", "env", NULL), HASH("env", "-i", "env", "-i", "env", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(anything_else_is_none),
        cmocka_unit_test(once_more_is_the_same_process_file_and_arguments),
        cmocka_unit_test(arguments_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
