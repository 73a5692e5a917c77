/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C4: what goes along to the next program, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../shim/core/environ_rewrite.h"

static const char *const carried[] = {"CAPKEEP_AMBIENT=x"};
static const struct ck_carry carry = {.preload = "/lib/libcapkeep.so", .count = 1, .vars = carried};

static void check(enum ck_environ_mode mode, char *const *envp, const char *const *expected)
{
    struct ck_environ_need need;
    char *pointers[32];
    char bytes[512];
    size_t count = 0;

    ck_environ_measure(mode, &carry, envp, &need);
    assert_false(need.same);
    assert_in_range(need.pointers, 1, 32);
    assert_in_range(need.bytes, 0, 512);
    assert_true(ck_environ_write(mode, &carry, envp, &need, pointers, bytes));
    for (; expected[count] != NULL; count++)
        assert_string_equal(pointers[count], expected[count]);
    assert_null(pointers[count]);
    assert_true(count < need.pointers);
}

static void c4_a_cleaned_environment_gets_preload_and_policy_back(void **state)
{
    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_CARRY, (char *[]){"A=1", NULL},
          (const char *[]){"A=1", "LD_PRELOAD=/lib/libcapkeep.so", "CAPKEEP_AMBIENT=x", NULL});
    check(CK_ENVIRON_CARRY, NULL, (const char *[]){"LD_PRELOAD=/lib/libcapkeep.so", "CAPKEEP_AMBIENT=x", NULL});
}

static void c4_our_entry_goes_in_front_of_the_users(void **state)
{
    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_CARRY, (char *[]){"LD_PRELOAD=/a.so /b.so", NULL},
          (const char *[]){"LD_PRELOAD=/lib/libcapkeep.so:/a.so /b.so", "CAPKEEP_AMBIENT=x", NULL});
}

/* check_list LIST EXPECTED, to carry and to lower. */
static void check_list(const char *list, const char *expected)
{
    for (enum ck_environ_mode mode = CK_ENVIRON_CARRY; mode <= CK_ENVIRON_LOWER; mode++) {
        if (mode != CK_ENVIRON_STRIP)
            check(mode, (char *[]){(char *)list, NULL}, (const char *[]){expected, "CAPKEEP_AMBIENT=x", NULL});
    }
}

static void c4_our_entry_stays_where_it_is(void **state)
{
    (void)state; /* cmocka's signature */
    check_list("LD_PRELOAD=/a.so:/x/libcapkeep.so /b.so", "LD_PRELOAD=/a.so:/x/libcapkeep.so /b.so");
    check_list("LD_PRELOAD=/a.so libcapkeep.so", "LD_PRELOAD=/a.so libcapkeep.so");
    /* A relative path is another file in another working directory. */
    check_list("LD_PRELOAD=/a.so x/libcapkeep.so:/b.so", "LD_PRELOAD=/a.so /lib/libcapkeep.so:/b.so");
    check_list("LD_PRELOAD=./libcapkeep.so:/b.so:./libcapkeep.so", "LD_PRELOAD=/lib/libcapkeep.so:/b.so");
}

static void c4_our_entry_goes_behind_what_has_to_be_first(void **state)
{
    (void)state; /* cmocka's signature */
    check_list("LD_PRELOAD=libasan.so.8", "LD_PRELOAD=libasan.so.8:/lib/libcapkeep.so");
    check_list("LD_PRELOAD=/usr/lib/libasan.so.8 /b.so:/c.so",
               "LD_PRELOAD=/usr/lib/libasan.so.8:/lib/libcapkeep.so /b.so:/c.so");
    check_list("LD_PRELOAD=libclang_rt.asan-x86_64.so:", "LD_PRELOAD=libclang_rt.asan-x86_64.so:/lib/libcapkeep.so");
    check_list("LD_PRELOAD=/b.so:libasan.so.8", "LD_PRELOAD=/lib/libcapkeep.so:/b.so:libasan.so.8");
    check_list("LD_PRELOAD=libtsan.so.2", "LD_PRELOAD=/lib/libcapkeep.so:libtsan.so.2");
    check_list("LD_PRELOAD=libasan.s", "LD_PRELOAD=/lib/libcapkeep.so:libasan.s");
    check_list("LD_PRELOAD=", "LD_PRELOAD=/lib/libcapkeep.so");
}

/* What was put in, wherever, leaves no trace. */
static void c4_once_dropped_the_list_is_what_it_was(void **state)
{
    static const char *const lists[] = {"LD_PRELOAD=/a.so", "LD_PRELOAD=/a.so  /b.so",
                                        "LD_PRELOAD= /a.so:/b.so:", "LD_PRELOAD=libasan.so.8 /b.so",
                                        "LD_PRELOAD=libasan.so.8"};
    struct ck_environ_need need;
    char bytes[512];
    char *pointers[32];

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        char *const envp[] = {(char *)lists[i], NULL};
        ck_environ_measure(CK_ENVIRON_CARRY, &carry, envp, &need);
        assert_true(ck_environ_write(CK_ENVIRON_CARRY, &carry, envp, &need, pointers, bytes));
        assert_string_not_equal(pointers[0], lists[i]);
        assert_true(ck_preload_strip(pointers[0], pointers[0]));
        assert_string_equal(pointers[0], lists[i]);
    }
}

static void c4_once_dropped_only_our_entry_goes(void **state)
{
    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_STRIP, (char *[]){"LD_PRELOAD=/a.so:/x/libcapkeep.so:/b.so", "CAPKEEP_LOG=none", "B=2", NULL},
          (const char *[]){"LD_PRELOAD=/a.so:/b.so", "B=2", NULL});
    check(CK_ENVIRON_STRIP, (char *[]){"LD_PRELOAD=libcapkeep.so", "B=2", NULL}, (const char *[]){"B=2", NULL});
}

static void c5_what_needs_no_change_is_left_alone(void **state)
{
    struct ck_environ_need need;

    (void)state; /* cmocka's signature */
    ck_environ_measure(CK_ENVIRON_STRIP, &carry, (char *[]){"LD_PRELOAD=/a.so", "B=2", NULL}, &need);
    assert_true(need.same);
    ck_environ_measure(CK_ENVIRON_STRIP, &carry, (char *[]){"LD_PRELOAD=/xlibcapkeep.so", NULL}, &need);
    assert_true(need.same);
}

/* Another thread adds to the environment, or makes a string of it longer, between measuring and writing. */
static void check_grown(enum ck_environ_mode mode, char *const *before, char *const *after)
{
    char *pointers[32];
    char bytes[512];
    struct ck_environ_need need;

    ck_environ_measure(mode, &carry, before, &need);
    memset(pointers, 0x5a, sizeof(pointers));
    memset(bytes, 0x5a, sizeof(bytes));
    assert_false(ck_environ_write(mode, &carry, after, &need, pointers, bytes));
    for (size_t i = need.pointers * sizeof(*pointers); i < sizeof(pointers); i++)
        assert_int_equal(((const unsigned char *)pointers)[i], 0x5a);
    for (size_t i = need.bytes; i < sizeof(bytes); i++)
        assert_int_equal(bytes[i], 0x5a);
}

static void c5_an_environment_that_grows_meanwhile_is_not_written_beyond_its_room(void **state)
{
    char *const few[] = {"A=1", NULL};
    char *const many[] = {"A=1", "B=2", "C=3", "D=4", "E=5", "F=6", NULL};
    char *const same_few[] = {"LD_PRELOAD=/x/libcapkeep.so", NULL};
    char *const preload[] = {"LD_PRELOAD=/a.so", NULL};
    char *const longer[] = {"LD_PRELOAD=/a.so:/b.so:/c.so:/a-very-long-name-of-a-library-that-was-not-there.so", NULL};

    (void)state; /* cmocka's signature */
    check_grown(CK_ENVIRON_CARRY, few, many);
    check_grown(CK_ENVIRON_CARRY, NULL, many);
    check_grown(CK_ENVIRON_CARRY, preload, longer);
    check_grown(CK_ENVIRON_LOWER, few, many);
    check_grown(CK_ENVIRON_STRIP, same_few, many);
    check_grown(CK_ENVIRON_STRIP, few, (char *[]){"LD_PRELOAD=/x/libcapkeep.so:/b.so", NULL});
}

/* One that shrinks fits. */
static void c5_an_environment_that_shrinks_meanwhile_is_written(void **state)
{
    struct ck_environ_need need;
    char *pointers[32];
    char bytes[512];

    (void)state; /* cmocka's signature */
    ck_environ_measure(CK_ENVIRON_CARRY, &carry, (char *[]){"A=1", "B=2", NULL}, &need);
    assert_true(ck_environ_write(CK_ENVIRON_CARRY, &carry, (char *[]){NULL}, &need, pointers, bytes));
    assert_string_equal(pointers[0], "LD_PRELOAD=/lib/libcapkeep.so");
    assert_null(pointers[2]);
}

static void c4_that_it_was_put_back_goes_along_or_goes(void **state)
{
    const struct ck_carry noted = {.preload = "/lib/libcapkeep.so", .put_back = "CAPKEEP_PUT_BACK=new"};
    char *const before[] = {"CAPKEEP_PUT_BACK=old", "CAPKEEP_PUT_BACKS=1", "LD_PRELOAD=/lib/libcapkeep.so", NULL};
    struct ck_environ_need need;
    char *pointers[32];
    char bytes[512];

    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_CARRY, before,
          (const char *[]){"CAPKEEP_PUT_BACKS=1", "LD_PRELOAD=/lib/libcapkeep.so", "CAPKEEP_AMBIENT=x", NULL});
    ck_environ_measure(CK_ENVIRON_CARRY, &noted, before, &need);
    assert_true(ck_environ_write(CK_ENVIRON_CARRY, &noted, before, &need, pointers, bytes));
    assert_string_equal(pointers[2], "CAPKEEP_PUT_BACK=new");
    assert_null(pointers[3]);
    ck_environ_measure(CK_ENVIRON_STRIP, &noted, before, &need);
    assert_true(ck_environ_write(CK_ENVIRON_STRIP, &noted, before, &need, pointers, bytes));
    assert_null(pointers[0]);
}

static void c4_the_library_is_seen_in_any_form(void **state)
{
    (void)state; /* cmocka's signature */
    assert_true(ck_environ_has_library((char *[]){"A=1", "LD_PRELOAD=/a.so:x/libcapkeep.so", NULL}));
    assert_true(ck_environ_has_library((char *[]){"LD_PRELOAD=", "LD_PRELOAD=libcapkeep.so", NULL}));
    assert_false(ck_environ_has_library((char *[]){"LD_PRELOAD=/a.so", "X=libcapkeep.so", NULL}));
    assert_false(ck_environ_has_library(NULL));
}

static void c4_what_has_to_be_first_is_or_need_not_be(void **state)
{
    (void)state; /* cmocka's signature */
    assert_true(ck_environ_suits_runtime((char *[]){"A=1", "LD_PRELOAD=libasan.so.8:/a.so", NULL}));
    assert_true(ck_environ_suits_runtime((char *[]){"LD_PRELOAD=/x/libclang_rt.asan-x86_64.so", NULL}));
    assert_true(ck_environ_suits_runtime((char *[]){"ASAN_OPTIONS=a=1:verify_asan_link_order=0", NULL}));
    assert_false(ck_environ_suits_runtime((char *[]){"LD_PRELOAD=/a.so:libasan.so.8", NULL}));
    assert_false(ck_environ_suits_runtime((char *[]){"LD_PRELOAD=", "ASAN_OPTIONS=verify_asan_link_order=1", NULL}));
    assert_false(ck_environ_suits_runtime((char *[]){"X=verify_asan_link_order=0", NULL}));
    assert_false(ck_environ_suits_runtime(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c4_a_cleaned_environment_gets_preload_and_policy_back),
        cmocka_unit_test(c4_our_entry_goes_in_front_of_the_users),
        cmocka_unit_test(c4_our_entry_stays_where_it_is),
        cmocka_unit_test(c4_our_entry_goes_behind_what_has_to_be_first),
        cmocka_unit_test(c4_once_dropped_only_our_entry_goes),
        cmocka_unit_test(c4_once_dropped_the_list_is_what_it_was),
        cmocka_unit_test(c4_that_it_was_put_back_goes_along_or_goes),
        cmocka_unit_test(c4_the_library_is_seen_in_any_form),
        cmocka_unit_test(c4_what_has_to_be_first_is_or_need_not_be),
        cmocka_unit_test(c5_what_needs_no_change_is_left_alone),
        cmocka_unit_test(c5_an_environment_that_grows_meanwhile_is_not_written_beyond_its_room),
        cmocka_unit_test(c5_an_environment_that_shrinks_meanwhile_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
