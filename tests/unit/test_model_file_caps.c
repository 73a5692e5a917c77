/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The attribute security.capability, byte by byte. */
#include <errno.h>

#include "../../model/file_caps.h"
#include "model_rows.h"

struct row {
    const char *name;
    unsigned char bytes[28];
    size_t length;
    int result;
    struct ck_file_caps caps;
};

static const struct row rows[] = {
    {"revision 2: two words each, permitted and inheritable by turns",
     {1, 0, 0, 2, 0, 4, 0, 0, 0, 0x20, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0},
     20,
     0,
     {UINT64_C(0x200000400), UINT64_C(0x100002000), true, 0}},
    {"revision 2 without the effective bit", {0, 0, 0, 2, 0, 4}, 20, 0, {0x400, 0, false, 0}},
    {"revision 2: other flags are passed over", {0, 0xff, 0, 2, 0, 4}, 20, 0, {0x400, 0, false, 0}},
    {"revision 2: all zero is an attribute nevertheless", {0, 0, 0, 2}, 20, 0, {0, 0, false, 0}},
    {"revision 3: with the root uid of a user namespace",
     {1, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xe9, 3, 0, 0},
     24,
     0,
     {0x400, 0, true, 1001}},
    {"revision 1: one word each", {1, 0, 0, 1, 0, 4, 0, 0x80, 0, 0x20, 0, 0}, 12, 0, {0x80000400, 0x2000, true, 0}},
    {"revision 1 with two words each", {1, 0, 0, 1, 0, 4}, 20, -EINVAL, {0}},
    {"revision 2 with a root uid", {1, 0, 0, 2, 0, 4}, 24, -EINVAL, {0}},
    {"revision 3 without a root uid", {1, 0, 0, 3, 0, 4}, 20, -EINVAL, {0}},
    {"a revision that there is not", {1, 0, 0, 4, 0, 4}, 20, -EINVAL, {0}},
    {"no whole word", {1, 0, 0}, 3, -EINVAL, {0}},
    {"nothing at all", {0}, 0, -EINVAL, {0}},
    {"more than the kernel reads", {1, 0, 0, 3, 0, 4}, 28, -ERANGE, {0}},
};

static void run(void **state)
{
    const struct row *row = *state;
    struct ck_file_caps caps = {0};

    assert_int_equal(ck_file_caps_parse(row->bytes, row->length, &caps), row->result);
    assert_true(caps.permitted == row->caps.permitted);
    assert_true(caps.inheritable == row->caps.inheritable);
    assert_int_equal(caps.effective, row->caps.effective);
    assert_int_equal(caps.root_uid, row->caps.root_uid);
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows)];

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
