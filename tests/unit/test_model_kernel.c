/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the release tells of a kernel, and that every rule has a word and its sources. */
#include <errno.h>

#include "../../model/kernel.h"
#include "../../model/rules.h"
#include "model_rows.h"

struct row {
    const char *name;
    const char *release;
    int result;
    struct ck_kernel kernel;
};

static const struct row rows[] = {
    {"6.17: exec looks at the effective ids", "6.17.0", 0, {40, true, true, true}},
    {"6.16: it still compares real and effective", "6.16.12-arch1", 0, {40, false, true, true}},
    {"6.14: securebits for interpreters", "6.14.0-rc1", 0, {40, false, true, true}},
    {"6.13: none", "6.13.4", 0, {40, false, true, false}},
    {"6.3: a setresuid of no change rests", "6.3.0", 0, {40, false, true, false}},
    {"a long-term series has taken that back", "6.1.0-37-amd64", 0, {40, false, true, false}},
    {"another older one has not", "6.0.19", 0, {40, false, false, false}},
    {"the oldest that is described", "5.8.0", 0, {40, false, false, false}},
    {"a version without a third number", "7.0", 0, {40, true, true, true}},
    {"no version", "linux", -EINVAL, {0}},
    {"numbers without a point", "6-17", -EINVAL, {0}},
    {"half a version", "6.", -EINVAL, {0}},
    {"a number that no version has", "6.1000", -EINVAL, {0}},
};

static void run(void **state)
{
    const struct row *row = *state;
    struct ck_kernel kernel = {0};

    assert_int_equal(ck_kernel_from_release(row->release, 40, &kernel), row->result);
    assert_int_equal(kernel.last_cap, row->kernel.last_cap);
    assert_int_equal(kernel.exec_by_effective, row->kernel.exec_by_effective);
    assert_int_equal(kernel.setresuid_may_rest, row->kernel.setresuid_may_rest);
    assert_int_equal(kernel.exec_securebits, row->kernel.exec_securebits);
}

static void another_kernel_is_known_by_its_version(void **state)
{
    struct ck_kernel kernel = {0};

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_kernel_from_version("5.7", &kernel), -ERANGE);
    assert_int_equal(ck_kernel_from_version("4.19.0", &kernel), -ERANGE);
    assert_int_equal(ck_kernel_from_version("", &kernel), -EINVAL);
    assert_int_equal(ck_kernel_from_version("bookworm", &kernel), -EINVAL);
    assert_int_equal(ck_kernel_from_version("5.8", &kernel), 0);
    assert_int_equal(kernel.last_cap, 39);
    assert_int_equal(ck_kernel_from_version("5.9", &kernel), 0);
    assert_int_equal(kernel.last_cap, 40);
    assert_int_equal(ck_kernel_from_version("6.1.0-37-amd64", &kernel), 0);
    assert_false(kernel.exec_by_effective);
    assert_int_equal(ck_kernel_from_version("6.17", &kernel), 0);
    assert_true(kernel.exec_by_effective);
}

static void the_capabilities_of_a_kernel_end_with_its_last(void **state)
{
    (void)state; /* cmocka's signature */
    assert_true(ck_kernel_caps(&(struct ck_kernel){.last_cap = 40}) == ALL);
    assert_true(ck_kernel_caps(&(struct ck_kernel){.last_cap = 63}) == UINT64_MAX);
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows) + 2] = {
        [ROWS(rows)] = cmocka_unit_test(the_capabilities_of_a_kernel_end_with_its_last),
        cmocka_unit_test(another_kernel_is_known_by_its_version),
    };

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
