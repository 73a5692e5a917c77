/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rules: codes are for ever, and each has its text and its sources. */
#include "../../model/rules.h"
#include "model_rows.h"

/* Scripts compare these; one may be added, none may go or change. */
static const char *const stable_codes[] = {
    "uid-change",
    "uid-change-ambient",
    "euid-change",
    "fsuid-change",
    "launcher-dropped",
    "ambient-follows-permitted",
    "ambient-follows-inheritable",
    "bounding-dropped",
    "ambient-not-permitted",
    "ambient-not-inheritable",
    "no-ambient-raise",
    "exec-not-ambient",
    "exec-file-caps",
    "exec-setid",
    "exec-ids-differ",
    "exec-not-effective",
    "exec-not-inheritable",
    "exec-bounding",
    "exec-noroot",
    "exec-nosuid",
    "exec-nnp",
    "exec-shared-fs",
    "exec-traced",
    "exec-script",
    "exec-userns",
    "never-held",
    "userns",
};

static int count_of(const char *code)
{
    int count = 0;

    for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++)
        count += strcmp(ck_rule_describe(rule)->code, code) == 0;
    return count;
}

static void every_stable_code_belongs_to_one_rule(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < ROWS(stable_codes); i++)
        assert_int_equal(count_of(stable_codes[i]), 1);
    assert_int_equal(CK_RULE_COUNT, ROWS(stable_codes));
}

static void every_rule_has_a_line_of_text_and_its_sources(void **state)
{
    (void)state; /* cmocka's signature */
    for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++) {
        const struct ck_rule_info *info = ck_rule_describe(rule);

        assert_true(strlen(info->text) > 10 && strchr(info->text, '\n') == NULL);
        assert_true(strlen(info->section) > 0 && strlen(info->functions) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stable_code_belongs_to_one_rule),
        cmocka_unit_test(every_rule_has_a_line_of_text_and_its_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
