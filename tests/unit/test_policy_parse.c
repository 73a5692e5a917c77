/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capability lists, booleans and uids as policies write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../shim/core/policy_parse.h"

static void names_with_and_without_prefix_in_any_case(void **state)
{
    struct ck_parse_error error;
    uint64_t mask = 0;

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_parse_caps("CAP_SYS_TIME,net_raw 0", &mask, &error), 0);
    assert_true(mask == (UINT64_C(1) << 25 | UINT64_C(1) << 13 | 1));
}

static void a_misspelt_name_is_answered_with_the_nearest(void **state)
{
    struct ck_parse_error error;
    uint64_t mask = 7;

    (void)state; /* cmocka's signature */
    assert_true(ck_parse_caps("cap_sys_tine", &mask, &error) < 0);
    assert_true(mask == 7);
    assert_non_null(strstr(error.text, "cap_sys_time"));
}

static void a_uid_is_a_whole_number_below_the_special_one(void **state)
{
    uid_t uid = 1;

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_parse_uid("65534", 5, &uid), 0);
    assert_int_equal(uid, 65534);
    assert_true(ck_parse_uid("4294967295", 10, &uid) < 0);
    assert_true(ck_parse_uid("4294967296", 10, &uid) < 0);
    assert_true(ck_parse_uid("-1", 2, &uid) < 0);
    assert_true(ck_parse_uid("1x", 2, &uid) < 0);
    assert_true(ck_parse_uid("", 0, &uid) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_with_and_without_prefix_in_any_case),
        cmocka_unit_test(a_misspelt_name_is_answered_with_the_nearest),
        cmocka_unit_test(a_uid_is_a_whole_number_below_the_special_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
