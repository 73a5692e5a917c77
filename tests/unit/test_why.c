/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every reason and every rule has an answer for a person: where it is written, and what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/explain/why.h"

#define TIME (UINT64_C(1) << 25)
#define RAW (UINT64_C(1) << 13)

static struct ck_why describe(unsigned why, const struct ck_why_case *the_case)
{
    struct ck_why description;

    ck_why_describe(why, the_case, &description);
    return description;
}

static void each_has_a_section_and_a_remedy_whatever_the_policy(void **state)
{
    (void)state; /* cmocka's signature */
    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        for (int i = 0; i < 2 * CK_WHY_STATE_COUNT; i++) {
            const struct ck_why_case the_case = {TIME, "/bin/x", i % 2 == 0, (enum ck_why_state)(i / 2)};
            struct ck_why description = describe(why, &the_case);

            if (description.section[0] == '\0' || description.remedy[0] == '\0')
                fail_msg("%s has no section or no remedy", description.code);
            assert_non_null(strstr(description.section, "): "));
            /* Half a line, with nothing left to fill in. */
            assert_null(strpbrk(description.remedy, "\n%"));
            assert_true(strlen(description.remedy) < 120);
        }
    }
}

static void codes_are_stable_and_of_one_kind(void **state)
{
    char seen[CK_WHY_COUNT][32];
    const struct ck_why_case the_case = {TIME, "/bin/x", true, CK_WHY_RULE};

    (void)state; /* cmocka's signature */
    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        struct ck_why description = describe(why, &the_case);

        (void)snprintf(seen[why], sizeof(seen[why]), "%s", description.code);
        assert_int_equal(strspn(description.code, "abcdefghijklmnopqrstuvwxyz-"), strlen(description.code));
        assert_true(strlen(description.text) > 0);
    }
    assert_string_equal(seen[ck_why_reason(CK_LOST_NOT_PERMITTED)], "not-permitted");
    assert_string_equal(seen[ck_why_rule(CK_RULE_UID_CHANGE)], "uid-change");
    assert_string_equal(seen[ck_why_rule(CK_RULE_USERNS)], "userns");
    assert_string_equal(seen[CK_WHY_NOT_HELD], "not-held");
    assert_string_equal(describe(ck_why_rule(CK_RULE_UID_CHANGE_AMBIENT), &the_case).call, "setresuid");
    assert_string_equal(describe(ck_why_rule(CK_RULE_EXEC_FILE_CAPS), &the_case).call, "execve");
    assert_null(describe(ck_why_rule(CK_RULE_NEVER_HELD), &the_case).call);
    assert_null(describe(ck_why_reason(CK_LOST_NOT_PERMITTED), &the_case).call);
}

static void the_remedy_depends_on_the_policy(void **state)
{
    struct ck_why_case the_case = {TIME, "/bin/x", true, CK_WHY_NO_POLICY};
    const unsigned why = ck_why_rule(CK_RULE_UID_CHANGE);

    (void)state; /* cmocka's signature */
    assert_string_equal(describe(why, &the_case).remedy, "start the launcher by `capkeep run -a cap_sys_time`");
    the_case.state = CK_WHY_OUT_OF_REACH;
    assert_string_equal(describe(why, &the_case).remedy, CK_REACH_REMEDY);
    the_case.state = CK_WHY_NO_RULE;
    assert_non_null(strstr(describe(why, &the_case).remedy, "add a rule"));
    the_case.state = CK_WHY_RULE;
    assert_string_equal(describe(ck_why_rule(CK_RULE_EXEC_NOT_AMBIENT), &the_case).remedy,
                        "name /bin/x in Program= of the rule");
}

static void what_is_not_in_bounding_has_to_be_added_there_first(void **state)
{
    struct ck_why_case the_case = {RAW, "/bin/x", false, CK_WHY_RULE};
    const unsigned absences[] = {ck_why_reason(CK_LOST_NOT_PERMITTED), ck_why_rule(CK_RULE_NEVER_HELD),
                                 ck_why_rule(CK_RULE_AMBIENT_NOT_PERMITTED)};

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(absences) / sizeof(absences[0]); i++) {
        the_case.is_bounding = false;
        assert_non_null(strstr(describe(absences[i], &the_case).remedy, "--cap-add=NET_RAW"));
        the_case.is_bounding = true;
        assert_null(strstr(describe(absences[i], &the_case).remedy, "--cap-add"));
    }
}

static void many_names_and_strange_files_stay_one_short_line(void **state)
{
    struct ck_why_case the_case = {UINT64_C(0x1f), "/tmp/\n\033[2J", false, CK_WHY_NO_POLICY};

    (void)state; /* cmocka's signature */
    assert_string_equal(describe(ck_why_rule(CK_RULE_UID_CHANGE), &the_case).remedy,
                        "start the launcher by `capkeep run -a CAPS`");
    assert_non_null(strstr(describe(ck_why_reason(CK_LOST_NOT_BOUNDING), &the_case).remedy, "--cap-add=CAP of"));
    assert_string_equal(describe(ck_why_rule(CK_RULE_EXEC_FILE_CAPS), &the_case).remedy,
                        "setcap -r /tmp/\\x0a\\x1b[2J");
    /* A capability that this build has no name for. */
    the_case.caps_mask = UINT64_C(1) << 62;
    assert_string_equal(describe(ck_why_rule(CK_RULE_UID_CHANGE), &the_case).remedy,
                        "start the launcher by `capkeep run -a 62`");
    assert_non_null(strstr(describe(ck_why_reason(CK_LOST_NOT_BOUNDING), &the_case).remedy, "--cap-add=CAP of"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_a_section_and_a_remedy_whatever_the_policy),
        cmocka_unit_test(codes_are_stable_and_of_one_kind),
        cmocka_unit_test(the_remedy_depends_on_the_policy),
        cmocka_unit_test(what_is_not_in_bounding_has_to_be_added_there_first),
        cmocka_unit_test(many_names_and_strange_files_stay_one_short_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
