/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C5: which names may be those of launchers that the policy names, as far as names tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../shim/core/policy_match.h"
#include "policy_fixture.h"

static struct ck_policy policy;

/* Adds a rule for one launcher, or two, or any. */
static void add_rule(const char *launcher, const char *other)
{
    struct ck_rule *rule = &policy.rules[policy.rule_count++];
    struct ck_parse_error error;

    assert_int_equal(ck_rule_set(&policy, rule, CK_AMBIENT, "cap_kill", &fixture_resolver, &error), 0);
    if (launcher != NULL)
        assert_int_equal(ck_rule_set(&policy, rule, CK_LAUNCHER, launcher, &fixture_resolver, &error), 0);
    if (other != NULL)
        assert_int_equal(ck_rule_set(&policy, rule, CK_LAUNCHER, other, &fixture_resolver, &error), 0);
}

static int start(void **state)
{
    (void)state; /* cmocka's signature */
    policy = (struct ck_policy){0};
    return 0;
}

static void the_last_part_of_a_name_decides(void **state)
{
    static const struct {
        const char *name;
        bool may;
    } rows[] = {
        {"/usr/sbin/ntpd", true},   {"ntpd", true},    {"/x/ntpd", true}, {"/usr/sbin/ntp", false},
        {"/usr/sbin/xntpd", false}, {"/bin/sh", true}, {"sh", true},      {"dash", true},
        {"/x/y/dash", true},        {"bash", false},   {"", false},       {"/ntpd/", false},
        {"ntpd/x", false},
    };

    (void)state; /* cmocka's signature */
    add_rule("/usr/sbin/ntpd", "/bin/sh");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (ck_match_may_name_launcher(&policy, rows[i].name) != rows[i].may)
            fail_msg("%s", rows[i].name);
    }
}

/* /srv/bin is a link to /opt/bin. */
static void of_a_directory_its_own_last_part_decides(void **state)
{
    (void)state; /* cmocka's signature */
    add_rule("/srv/bin/*", NULL);
    assert_true(ck_match_may_name_launcher(&policy, "/srv/bin/x"));
    assert_true(ck_match_may_name_launcher(&policy, "/y/bin/x"));
    assert_true(ck_match_may_name_launcher(&policy, "bin/x"));
    assert_true(ck_match_may_name_launcher(&policy, "x"));
    assert_false(ck_match_may_name_launcher(&policy, "/srv/x"));
    assert_false(ck_match_may_name_launcher(&policy, "/x"));
    assert_false(ck_match_may_name_launcher(&policy, "/srv/bin/y/x"));
}

static void every_rule_is_asked(void **state)
{
    (void)state; /* cmocka's signature */
    assert_false(ck_match_may_name_launcher(&policy, "sh"));
    add_rule("/usr/sbin/ntpd", NULL);
    assert_false(ck_match_may_name_launcher(&policy, "sh"));
    add_rule("/bin/sh", NULL);
    assert_true(ck_match_may_name_launcher(&policy, "sh"));
    assert_true(ck_match_may_name_launcher(&policy, "ntpd"));
}

static void a_policy_is_foreign_where_every_rule_is(void **state)
{
    (void)state; /* cmocka's signature */
    add_rule("/usr/sbin/ntpd", NULL);
    add_rule("/bin/sh", NULL);
    ck_match_set_launcher(&policy, "/usr/bin/other");
    assert_true(ck_match_is_foreign(&policy));
    ck_match_set_launcher(&policy, "/usr/sbin/ntpd");
    assert_false(ck_match_is_foreign(&policy));
    ck_match_set_launcher(&policy, "/usr/bin/dash");
    assert_false(ck_match_is_foreign(&policy));
    add_rule(NULL, NULL);
    ck_match_set_launcher(&policy, "/usr/bin/other");
    assert_false(ck_match_is_foreign(&policy));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_last_part_of_a_name_decides, start),
        cmocka_unit_test_setup(of_a_directory_its_own_last_part_decides, start),
        cmocka_unit_test_setup(every_rule_is_asked, start),
        cmocka_unit_test_setup(a_policy_is_foreign_where_every_rule_is, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
