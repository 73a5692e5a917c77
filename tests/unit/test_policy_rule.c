/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One rule from the texts that an administrator writes: what each directive does, and the sentence that answers each
 * wrong value. libcap judges capability names and IAB texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <time.h>

#include "../../shim/core/names.h"
#include "policy_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINES_MAX 10
#define BIT(cap) (UINT64_C(1) << (cap))

struct line {
    enum ck_directive directive;
    const char *value; /* NULL ends the lines */
};

static struct ck_policy policy;

static struct ck_rule start_rule(void)
{
    struct ck_rule rule = {0};

    memset(&policy, 0, sizeof(policy));
    assert_int_equal(ck_policy_add_text(&policy, "r", 1, &rule.name), 0);
    return rule;
}

static int set(struct ck_rule *rule, enum ck_directive directive, const char *value, struct ck_parse_error *ret_error)
{
    return ck_rule_set(&policy, rule, directive, value, &fixture_resolver, ret_error);
}

static void set_all(struct ck_rule *rule, const struct line *lines)
{
    struct ck_parse_error error = {""};

    for (; lines->value != NULL; lines++) {
        if (set(rule, lines->directive, lines->value, &error) < 0)
            fail_msg("%s=%s: %s", ck_directive_key(lines->directive), lines->value, error.text);
    }
}

/* --- what the directives do */

struct meaning {
    const char *name;
    struct line lines[LINES_MAX];
    const char *rule; /* as fixture_add_rule() writes it */
};

static const struct meaning meanings[] = {
    {"User= takes names and uids", {{CK_USER, "ntp 33"}}, "r:0 user=107,33"},
    {"User= may be root", {{CK_USER, "root 0"}}, "r:0 user=0,0"},
    {"User= takes tabs and blanks around its words", {{CK_USER, " \tntp\t 33 "}}, "r:0 user=107,33"},
    {"User= lines add up", {{CK_USER, "ntp"}, {CK_USER, "33"}, {CK_USER, "0 7"}}, "r:0 user=107,33,0,7"},
    {"User= takes the greatest uid", {{CK_USER, "4294967294"}}, "r:0 user=4294967294"},
    {"Program= is an absolute path", {{CK_PROGRAM, "/usr/sbin/ntpd"}}, "r:0 program=/usr/sbin/ntpd"},
    {"Program= keeps both texts of a link", {{CK_PROGRAM, "/bin/sh"}}, "r:0 program=/bin/sh->/usr/bin/dash"},
    {"Program= need not exist", {{CK_PROGRAM, "/not/there"}}, "r:0 program=/not/there"},
    {"Program= may contain blanks", {{CK_PROGRAM, "/opt/a b  c"}}, "r:0 program=/opt/a b  c"},
    {"Program= lines add up", {{CK_PROGRAM, "/a"}, {CK_PROGRAM, "/b"}}, "r:0 program=/a,/b"},
    {"Program= DIR/* is a directory", {{CK_PROGRAM, "/opt/shop/*"}}, "r:0 program=/opt/shop/*"},
    {"Program= DIR/* follows a link to a directory", {{CK_PROGRAM, "/srv/bin/*"}}, "r:0 program=/srv/bin/*->/opt/bin"},
    {"Launcher= has both forms of Program=",
     {{CK_LAUNCHER, "/bin/sh"}, {CK_LAUNCHER, "/opt/*"}},
     "r:0 launcher=/bin/sh->/usr/bin/dash,/opt/*"},
    {"Launcher= and Program= lines may alternate",
     {{CK_LAUNCHER, "/l1"},
      {CK_PROGRAM, "/p1"},
      {CK_LAUNCHER, "/l2"},
      {CK_PROGRAM, "/p2"},
      {CK_PROGRAM, "/p3/*"},
      {CK_LAUNCHER, "/bin/sh"},
      {CK_LAUNCHER, "/l4"},
      {CK_PROGRAM, "/p4"}},
     "r:0 launcher=/l1,/l2,/bin/sh->/usr/bin/dash,/l4 program=/p1,/p2,/p3/*,/p4"},
    {"AmbientCapabilities= separates by blanks and commas",
     {{CK_AMBIENT, " CAP_KILL,net_raw\t,, Chown 25 "}},
     "r:0 ambient=cap_chown,cap_kill,cap_net_raw,cap_sys_time"},
    {"AmbientCapabilities= lines add up",
     {{CK_AMBIENT, "kill"}, {CK_AMBIENT, "chown"}, {CK_AMBIENT, "kill"}},
     "r:0 ambient=cap_chown,cap_kill"},
    {"AmbientCapabilities= takes numbers without a name", {{CK_AMBIENT, "63"}}, "r:0 ambient=63"},
    {"CapabilityBoundingSet= lines add up",
     {{CK_BOUNDING, "kill"}, {CK_BOUNDING, "chown"}},
     "r:0 bounding=cap_chown,cap_kill"},
    {"CapabilityBoundingSet= of nothing but commas is empty", {{CK_BOUNDING, ","}}, "r:0 bounding=none"},
    {"IAB= has three sets",
     {{CK_IAB, "^cap_kill,%cap_chown,cap_net_raw,!cap_sys_time"}},
     "r:0 ambient=cap_kill inheritable=cap_chown,cap_net_raw unbound=cap_sys_time"},
    {"IAB= and AmbientCapabilities= add up",
     {{CK_AMBIENT, "chown"}, {CK_IAB, "^kill"}},
     "r:0 ambient=cap_chown,cap_kill"},
    {"NoNewPrivileges=yes", {{CK_NO_NEW_PRIVS, "yes"}}, "r:0 no_new_privs"},
    {"NoNewPrivileges=TRUE", {{CK_NO_NEW_PRIVS, "TRUE"}}, "r:0 no_new_privs"},
    {"NoNewPrivileges=On", {{CK_NO_NEW_PRIVS, "On"}}, "r:0 no_new_privs"},
    {"NoNewPrivileges=1", {{CK_NO_NEW_PRIVS, "1"}}, "r:0 no_new_privs"},
    {"NoNewPrivileges=no", {{CK_NO_NEW_PRIVS, "no"}}, "r:0"},
    {"NoNewPrivileges=false", {{CK_NO_NEW_PRIVS, "false"}}, "r:0"},
    {"NoNewPrivileges=off", {{CK_NO_NEW_PRIVS, "off"}}, "r:0"},
    {"NoNewPrivileges=0", {{CK_NO_NEW_PRIVS, "0"}}, "r:0"},
    {"Guard=yes", {{CK_GUARD, "yes"}}, "r:0 guard"},
    {"Guard=no", {{CK_GUARD, "no"}}, "r:0"},
    {"Descendants=yes is the default", {{CK_DESCENDANTS, "yes"}}, "r:0"},
    {"Descendants=no", {{CK_DESCENDANTS, "no"}}, "r:0 no_descendants"},
    {"OnFailure=refuse", {{CK_ON_FAILURE, "refuse"}}, "r:0 refuse"},
    {"OnFailure=continue is the default", {{CK_ON_FAILURE, "continue"}}, "r:0"},
    {"all directives together",
     {{CK_ON_FAILURE, "refuse"},
      {CK_DESCENDANTS, "no"},
      {CK_GUARD, "yes"},
      {CK_NO_NEW_PRIVS, "yes"},
      {CK_BOUNDING, "kill"},
      {CK_IAB, "!chown"},
      {CK_AMBIENT, "kill"},
      {CK_PROGRAM, "/p"},
      {CK_USER, "ntp"}},
     "r:0 user=107 program=/p ambient=cap_kill unbound=cap_chown bounding=cap_kill no_new_privs guard no_descendants "
     "refuse"},
};

static void check_meaning(void **state)
{
    const struct meaning *meaning = *state;
    struct ck_rule rule = start_rule();
    char got[1024];
    struct ck_text text = ck_text_start(got, sizeof(got));

    set_all(&rule, meaning->lines);
    fixture_add_rule(&text, &policy, &rule);
    assert_string_equal(got, meaning->rule);
}

/* --- what is refused */

struct refusal {
    const char *name;
    struct line lines[LINES_MAX]; /* all but the last are accepted */
    const char *sentence;
};

static const struct refusal refusals[] = {
    {"User= without a value", {{CK_USER, ""}}, "no value"},
    {"Launcher= without a value", {{CK_LAUNCHER, ""}}, "no value"},
    {"Program= without a value", {{CK_PROGRAM, ""}}, "no value"},
    {"AmbientCapabilities= without a value", {{CK_AMBIENT, ""}}, "no value"},
    {"IAB= without a value", {{CK_IAB, ""}}, "no value"},
    {"CapabilityBoundingSet= without a value", {{CK_BOUNDING, ""}}, "no value"},
    {"NoNewPrivileges= without a value", {{CK_NO_NEW_PRIVS, ""}}, "no value"},
    {"Guard= without a value", {{CK_GUARD, ""}}, "no value"},
    {"Descendants= without a value", {{CK_DESCENDANTS, ""}}, "no value"},
    {"OnFailure= without a value", {{CK_ON_FAILURE, ""}}, "no value"},

    {"User= of nobody is not for everybody", {{CK_USER, " \t"}}, "no value"},
    {"User= unknown, with the nearest", {{CK_USER, "ntpp"}}, "unknown user \"ntpp\"; did you mean ntp?"},
    {"User= unknown, and none is near", {{CK_USER, "www"}}, "unknown user \"www\""},
    {"User= with commas", {{CK_USER, "www-data,ntp"}}, "unknown user \"www-data,ntp\""},
    {"User= one good and one bad", {{CK_USER, "ntp nobdy"}}, "unknown user \"nobdy\"; did you mean ntp?"},
    {"User= -1 in decimals is no uid", {{CK_USER, "4294967295"}}, "unknown user \"4294967295\""},
    {"User= beyond 32 bits does not wrap", {{CK_USER, "4294967296"}}, "unknown user \"4294967296\""},
    {"User= negative", {{CK_USER, "-1"}}, "unknown user \"-1\""},
    {"User= hexadecimal", {{CK_USER, "0x7"}}, "unknown user \"0x7\""},
    {"User= control bytes are shown as such", {{CK_USER, "\x1b[2J"}}, "unknown user \"\\x1b[2J\""},

    {"Program= relative", {{CK_PROGRAM, "ntpd"}}, "not an absolute path: \"ntpd\""},
    {"Program= relative to a directory", {{CK_PROGRAM, "./ntpd"}}, "not an absolute path: \"./ntpd\""},
    {"Launcher= relative", {{CK_LAUNCHER, "bin/su"}}, "not an absolute path: \"bin/su\""},
    {"Program= with * in a name",
     {{CK_PROGRAM, "/usr/bin/python*"}},
     "\"*\" stands only for all files of a directory, as in /srv/bin/*, not as in \"/usr/bin/python*\""},
    {"Program= with * for a directory",
     {{CK_PROGRAM, "/opt/*/bin"}},
     "\"*\" stands only for all files of a directory, as in /srv/bin/*, not as in \"/opt/*/bin\""},
    {"Program= with * for a directory and its files",
     {{CK_PROGRAM, "/opt/*/*"}},
     "\"*\" stands only for all files of a directory, as in /srv/bin/*, not as in \"/opt/*/*\""},
    {"Program= of the root directory",
     {{CK_PROGRAM, "/*"}},
     "\"*\" stands only for all files of a directory, as in /srv/bin/*, not as in \"/*\""},
    {"Launcher= with * in a name",
     {{CK_LAUNCHER, "/bin/s*"}},
     "\"*\" stands only for all files of a directory, as in /srv/bin/*, not as in \"/bin/s*\""},

    {"AmbientCapabilities= misspelt",
     {{CK_AMBIENT, "cap_sys_tine"}},
     "unknown capability \"cap_sys_tine\"; did you mean cap_sys_time?"},
    {"AmbientCapabilities= misspelt without cap_",
     {{CK_AMBIENT, "kill net_rav"}},
     "unknown capability \"net_rav\"; did you mean cap_net_raw?"},
    {"AmbientCapabilities= of a number that no mask has", {{CK_AMBIENT, "64"}}, "unknown capability \"64\""},
    {"AmbientCapabilities= takes no IAB marks",
     {{CK_AMBIENT, "^cap_kill"}},
     "unknown capability \"^cap_kill\"; did you mean cap_kill?"},
    {"AmbientCapabilities= takes no ~ of systemd",
     {{CK_AMBIENT, "~cap_kill"}},
     "unknown capability \"~cap_kill\"; did you mean cap_kill?"},
    {"CapabilityBoundingSet= misspelt", {{CK_BOUNDING, "cap_chwon"}}, "unknown capability \"cap_chwon\""},
    {"IAB= misspelt", {{CK_IAB, "^cap_kil"}}, "unknown capability \"cap_kil\"; did you mean cap_kill?"},

    {"NoNewPrivileges= neither", {{CK_NO_NEW_PRIVS, "maybe"}}, "neither yes nor no: \"maybe\""},
    {"NoNewPrivileges= not by a letter", {{CK_NO_NEW_PRIVS, "y"}}, "neither yes nor no: \"y\""},
    {"NoNewPrivileges= of another number", {{CK_NO_NEW_PRIVS, "2"}}, "neither yes nor no: \"2\""},
    {"Guard= neither", {{CK_GUARD, "yes please"}}, "neither yes nor no: \"yes please\""},
    {"Descendants= neither", {{CK_DESCENDANTS, "none"}}, "neither yes nor no: \"none\""},
    {"OnFailure= neither", {{CK_ON_FAILURE, "stop"}}, "neither continue nor refuse: \"stop\""},
    {"OnFailure= in capitals", {{CK_ON_FAILURE, "Refuse"}}, "neither continue nor refuse: \"Refuse\""},

    {"IAB= twice", {{CK_IAB, "^kill"}, {CK_IAB, "^chown"}}, "given a second time, as \"^chown\""},
    {"NoNewPrivileges= twice", {{CK_NO_NEW_PRIVS, "yes"}, {CK_NO_NEW_PRIVS, "no"}}, "given a second time, as \"no\""},
    {"Guard= twice", {{CK_GUARD, "no"}, {CK_GUARD, "no"}}, "given a second time, as \"no\""},
    {"Descendants= twice", {{CK_DESCENDANTS, "no"}, {CK_DESCENDANTS, "yes"}}, "given a second time, as \"yes\""},
    {"OnFailure= twice",
     {{CK_ON_FAILURE, "refuse"}, {CK_ON_FAILURE, "continue"}},
     "given a second time, as \"continue\""},
};

static void check_refusal(void **state)
{
    const struct refusal *refusal = *state;
    const struct line *last = refusal->lines;
    struct line accepted[LINES_MAX] = {{0}};
    struct ck_rule rule = start_rule();
    struct ck_parse_error error = {""};

    for (; last[1].value != NULL; last++)
        accepted[last - refusal->lines] = *last;
    set_all(&rule, accepted);
    assert_true(set(&rule, last->directive, last->value, &error) < 0);
    assert_string_equal(error.text, refusal->sentence);
}

/* --- whether a finished rule makes sense */

static const struct refusal judgements[] = {
    {"a rule has a directive", {{0}}, "a rule without a key"},
    {"a rule may only take away", {{CK_NO_NEW_PRIVS, "yes"}}, ""},
    {"a rule that keeps what is bounding", {{CK_AMBIENT, "kill"}, {CK_BOUNDING, "kill chown"}}, ""},
    {"the bounding set has what is kept",
     {{CK_AMBIENT, "kill net_raw sys_time"}, {CK_BOUNDING, "kill"}},
     "the bounding set leaves out what is kept: cap_net_raw,cap_sys_time"},
    {"the bounding set has what IAB= makes ambient",
     {{CK_IAB, "^kill"}, {CK_BOUNDING, "chown"}},
     "the bounding set leaves out what is kept: cap_kill"},
    {"an empty bounding set has nothing of it",
     {{CK_AMBIENT, "kill"}, {CK_BOUNDING, ","}},
     "the bounding set leaves out what is kept: cap_kill"},
    {"what is only inheritable need not be bounding", {{CK_IAB, "%kill"}, {CK_BOUNDING, "chown"}}, ""},
    {"IAB= may drop what it keeps, as with libcap", {{CK_IAB, "^!kill"}}, ""},
    {"IAB= may not drop what waits for a program",
     {{CK_IAB, "^!kill,^chown,!net_raw"}, {CK_PROGRAM, "/p"}},
     "the bounding set leaves out what waits for the program: cap_kill"},
};

static void check_judgement(void **state)
{
    const struct refusal *judgement = *state;
    struct ck_rule rule = start_rule();
    struct ck_parse_error error = {""};

    set_all(&rule, judgement->lines);
    assert_int_equal(ck_rule_check(&rule, &error) == 0, judgement->sentence[0] == '\0');
    assert_string_equal(error.text, judgement->sentence);
}

/* --- what waits until it is known whether the rule can match */

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is the resolver's */
static int refuse_to_look(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino)
{
    (void)context; /* nothing is looked at */
    (void)path;
    (void)ret_resolved;
    (void)ret_dev;
    (void)ret_ino;
    return -EIO;
}

static void a_program_may_wait_a_launcher_not(void **state)
{
    struct ck_resolver patient = fixture_resolver;
    struct ck_rule rule = start_rule();
    struct ck_parse_error error = {""};

    (void)state; /* cmocka's signature */
    patient.programs_wait = true;
    patient.path = refuse_to_look;
    assert_int_equal(ck_rule_set(&policy, &rule, CK_PROGRAM, "/bin/sh", &patient, &error), 0);
    assert_int_equal(ck_rule_set(&policy, &rule, CK_PROGRAM, "/srv/bin/*", &patient, &error), 0);
    assert_int_equal(ck_rule_set(&policy, &rule, CK_LAUNCHER, "/bin/sh", &patient, &error), -EINVAL);
    assert_string_equal(error.text, "this path cannot be looked at: \"/bin/sh\"");
    assert_int_equal(ck_rule_look_programs_up(&policy, &rule, &patient, &error), -EINVAL);

    const struct ck_path *paths = &policy.paths[rule.programs.first];
    assert_int_equal(rule.programs.count, 2);
    assert_true(paths[0].pending && paths[1].pending);
    assert_string_equal(ck_policy_text(&policy, paths[0].resolved), "/bin/sh");
    patient.path = fixture_resolver.path;
    assert_int_equal(ck_rule_look_programs_up(&policy, &rule, &patient, &error), 0);
    assert_false(paths[0].pending || paths[1].pending);
    assert_string_equal(ck_policy_text(&policy, paths[0].resolved), "/usr/bin/dash");
    assert_string_equal(ck_policy_text(&policy, paths[1].resolved), "/opt/bin");
    assert_int_equal(paths[0].ino, 12);
    /* Once is enough. */
    patient.path = refuse_to_look;
    assert_int_equal(ck_rule_look_programs_up(&policy, &rule, &patient, &error), 0);
}

/* --- pools */

static void the_8192nd_user_fits_and_no_more(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;

    (void)state; /* cmocka's signature */
    for (unsigned i = 0; i < CK_UIDS_MAX; i++)
        assert_int_equal(set(&rule, CK_USER, "33", &error), 0);
    assert_int_equal(rule.users.count, CK_UIDS_MAX);
    assert_true(set(&rule, CK_USER, "ntp", &error) < 0);
    assert_string_equal(error.text, "too many users, there is no room for \"ntp\"");
}

static void the_4096th_path_fits_and_no_more(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;

    (void)state; /* cmocka's signature */
    for (unsigned i = 0; i < CK_PATHS_MAX; i++)
        assert_int_equal(set(&rule, CK_PROGRAM, "/p", &error), 0);
    assert_int_equal(rule.programs.count, CK_PATHS_MAX);
    assert_true(set(&rule, CK_PROGRAM, "/q", &error) < 0);
    assert_string_equal(error.text, "too many paths, there is no room for \"/q\"");
}

static void a_list_that_cannot_be_moved_is_too_long(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;

    (void)state; /* cmocka's signature */
    for (unsigned i = 0; i < CK_PATHS_MAX / 2; i++)
        assert_int_equal(set(&rule, CK_PROGRAM, "/p", &error), 0);
    assert_int_equal(set(&rule, CK_LAUNCHER, "/l", &error), 0);
    assert_true(set(&rule, CK_PROGRAM, "/q", &error) < 0);
    assert_string_equal(error.text, "too many paths, there is no room for \"/q\"");
    assert_int_equal(policy.path_count, CK_PATHS_MAX / 2 + 1);
}

static void a_path_is_shorter_than_path_max(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;
    char path[PATH_MAX + 1];

    (void)state; /* cmocka's signature */
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[PATH_MAX] = '\0';
    assert_true(set(&rule, CK_PROGRAM, path, &error) < 0);
    assert_memory_equal(error.text, "a path longer than PATH_MAX: \"/xx", 32);
    assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
    path[PATH_MAX - 1] = '\0';
    assert_int_equal(set(&rule, CK_PROGRAM, path, &error), 0);
}

static void a_full_text_pool_is_said(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;

    (void)state; /* cmocka's signature */
    policy.text_size = CK_TEXT_MAX - (uint32_t)sizeof("/bin/sh");
    /* Its own text fits exactly, what it resolves to does not. */
    assert_true(set(&rule, CK_PROGRAM, "/bin/sh", &error) < 0);
    assert_string_equal(error.text, "too much text, there is no room for \"/bin/sh\"");
    assert_int_equal(policy.text_size, CK_TEXT_MAX);
    assert_true(set(&rule, CK_PROGRAM, "/p", &error) < 0);
    assert_string_equal(error.text, "too much text, there is no room for \"/p\"");
}

static void a_user_name_of_any_length_is_answered(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;
    char name[1024];

    (void)state; /* cmocka's signature */
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_true(set(&rule, CK_USER, name, &error) < 0);
    assert_memory_equal(error.text, "unknown user \"nnnn", 18);
    assert_null(strstr(error.text, "did you mean"));
}

static void links_are_known_by_device_and_inode(void **state)
{
    struct ck_rule rule = start_rule();
    struct ck_parse_error error;

    (void)state; /* cmocka's signature */
    assert_int_equal(set(&rule, CK_PROGRAM, "/bin/sh", &error), 0);
    assert_int_equal(set(&rule, CK_PROGRAM, "/not/there", &error), 0);
    const struct ck_path *paths = &policy.paths[rule.programs.first];
    assert_int_equal(paths[0].dev, 8);
    assert_int_equal(paths[0].ino, 12);
    assert_int_equal(paths[1].ino, 0);
}

/* --- the table of directives */

static void each_directive_is_found_by_its_exact_key(void **state)
{
    (void)state; /* cmocka's signature */
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++) {
        char other[64];

        assert_int_equal(ck_directive_find(ck_directive_key(directive)), directive);
        strcpy(other, ck_directive_key(directive));
        other[strlen(other) - 1] ^= 0x20; /* the other case */
        assert_int_equal(ck_directive_find(other), CK_DIRECTIVE_COUNT);
        assert_string_equal(ck_directive_nearest(other), ck_directive_key(directive));
        assert_memory_equal(ck_directive_variable(directive), "CAPKEEP_", 8);
    }
    assert_int_equal(ck_directive_find(""), CK_DIRECTIVE_COUNT);
    assert_int_equal(ck_directive_find("Log"), CK_DIRECTIVE_COUNT);
}

static void the_nearest_key_is_the_one_with_the_fewest_changes(void **state)
{
    (void)state; /* cmocka's signature */
    assert_string_equal(ck_directive_nearest("Users"), "User");
    assert_string_equal(ck_directive_nearest("AmbientCapability"), "AmbientCapabilities");
    assert_string_equal(ck_directive_nearest("CapabilitiesBoundingSet"), "CapabilityBoundingSet");
    assert_string_equal(ck_directive_nearest("NoNewPrivs"), "NoNewPrivileges");
    assert_string_equal(ck_directive_nearest("onfailure"), "OnFailure");
    assert_string_equal(ck_directive_nearest("Programme"), "Program");
}

/* --- libcap as the judge */

/* Both in every case of letters; ours also without "cap_". */
static void every_name_of_libcap_has_its_number(void **state)
{
    (void)state; /* cmocka's signature */
    for (unsigned cap = 0; cap < (unsigned)cap_max_bits(); cap++) {
        char *name = cap_to_name((cap_value_t)cap);
        char changed[64];
        cap_value_t theirs = -1;
        size_t length = strlen(name);

        if (!isdigit((unsigned char)name[0])) { /* the libcap of the build may not know a new kernel's name */
            assert_string_equal(ck_cap_name(cap), name);
            for (size_t i = 0; i <= length; i++)
                changed[i] = (char)(i % 2 == 0 ? toupper((unsigned char)name[i]) : name[i]);
            assert_int_equal(cap_from_name(changed, &theirs), 0);
            assert_int_equal(theirs, cap);
            assert_int_equal(ck_cap_from_text(changed, length), theirs);
            assert_int_equal(ck_cap_from_text(changed + 4, length - 4), theirs);
        }
        assert_int_equal(ck_cap_from_text(name, length), cap);
        /* Not by the beginning of a name, nor with anything behind it. */
        assert_int_equal(ck_cap_from_text(name, length - 1), isdigit((unsigned char)name[0]) ? (int)cap / 10 : -1);
        assert_int_equal(ck_cap_from_text("cap_chown,", 10), -1);
        cap_free(name);
    }
}

static void every_number_of_libcap_is_one_of_ours(void **state)
{
    (void)state; /* cmocka's signature */
    for (int number = 0; number < 100; number++) {
        char text[8];
        cap_value_t theirs = -1;

        snprintf(text, sizeof(text), "%d", number);
        int result = cap_from_name(text, &theirs);
        assert_int_equal(ck_cap_from_text(text, strlen(text)), result == 0 ? theirs : -1);
    }
}

struct verdict {
    bool valid;
    uint64_t inheritable_mask; /* with what is ambient */
    uint64_t ambient_mask;
    uint64_t unbound_mask;
};

static uint64_t vector_of(cap_iab_t iab, cap_iab_vector_t vector)
{
    uint64_t mask = 0;

    for (cap_value_t cap = 0; cap < cap_max_bits(); cap++) {
        if (cap_iab_get_vector(iab, vector, cap) == CAP_SET)
            mask |= BIT(cap);
    }
    return mask;
}

static struct verdict ask_libcap(const char *text)
{
    cap_iab_t iab = cap_iab_from_text(text);
    struct verdict verdict = {0};

    if (iab == NULL)
        return verdict;
    verdict.valid = true;
    verdict.inheritable_mask = vector_of(iab, CAP_IAB_INH);
    verdict.ambient_mask = vector_of(iab, CAP_IAB_AMB);
    verdict.unbound_mask = vector_of(iab, CAP_IAB_BOUND);
    cap_free(iab);
    return verdict;
}

/* Cut down to what the running kernel knows, as libcap's vectors are. */
static struct verdict ask_capkeep(const char *text)
{
    uint64_t known_mask = BIT(cap_max_bits()) - 1;
    struct ck_iab iab = {0};
    struct ck_parse_error error;

    if (ck_parse_iab(text, &iab, &error) < 0)
        return (struct verdict){0};
    assert_int_equal(iab.inheritable_mask & iab.ambient_mask, 0);
    return (struct verdict){
        .valid = true,
        .inheritable_mask = (iab.inheritable_mask | iab.ambient_mask) & known_mask,
        .ambient_mask = iab.ambient_mask & known_mask,
        .unbound_mask = iab.unbound_mask & known_mask,
    };
}

static unsigned below(unsigned limit)
{
    return (unsigned)random() % limit;
}

/* One item: marks, and a name in any case, a number, or now and then something that is neither. */
static void add_random_item(struct ck_text *text)
{
    static const char *const wrong[] = {"",       "chow", "cap_",      "cap_chow", "cap_chownx", "all",
                                        "cap_40", "64",   "cap_kill5", "1x",       "-1",         "+cap_kill",
                                        "~kill",  "=",    "99",        "cap-kill"};
    static const char marks[] = "!^%";

    for (unsigned count = below(4); count > 0; count--)
        ck_text_char(text, marks[below(3)]);
    switch (below(20)) {
    case 0:
        ck_text_string(text, wrong[below(COUNT(wrong))]);
        break;
    case 1:
    case 2:
        ck_text_number(text, below(64));
        break;
    default:
        for (const char *name = ck_cap_name(below((unsigned)cap_max_bits())); *name != '\0'; name++)
            ck_text_char(text, below(2) == 0 ? (char)toupper((unsigned char)*name) : *name);
    }
}

static void make_random_iab(char *buffer, size_t size)
{
    struct ck_text text = ck_text_start(buffer, size);

    for (unsigned count = 1 + below(6); count > 0; count--) {
        add_random_item(&text);
        if (count > 1)
            ck_text_char(&text, ',');
    }
}

/*
 * libcap leaves the loop at the end of the text, also where a comma or marks stand there without a name; we want a name
 * behind marks, and take commas for blanks. So for such texts only the values are compared.
 */
static bool ends_without_a_name(const char *text)
{
    size_t length = strlen(text);

    return length == 0 || strchr(",!^%", text[length - 1]) != NULL;
}

/* Between two commas libcap wants a name; for us, where there are no marks either, they are one separator. */
static bool has_an_empty_item(const char *text)
{
    return text[0] == ',' || strstr(text, ",,") != NULL;
}

static unsigned seed_of_today(void)
{
    const char *given = getenv("CAPKEEP_TEST_SEED");

    return given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
}

static void iab_texts_mean_what_they_mean_to_libcap(void **state)
{
    unsigned seed = seed_of_today();
    unsigned valid = 0;
    unsigned refused = 0;

    (void)state; /* cmocka's signature */
    print_message("CAPKEEP_TEST_SEED=%u\n", seed);
    srandom(seed);
    for (unsigned round = 0; round < 20000; round++) {
        char text[512];
        make_random_iab(text, sizeof(text));
        struct verdict theirs = ask_libcap(text);
        struct verdict ours = ask_capkeep(text);

        if (ours.valid != theirs.valid && !ends_without_a_name(text) && !has_an_empty_item(text))
            fail_msg("\"%s\" is %s to libcap and %s to us", text, theirs.valid ? "valid" : "not valid",
                     ours.valid ? "valid" : "not");
        if (ours.valid && theirs.valid &&
            (ours.inheritable_mask != theirs.inheritable_mask || ours.ambient_mask != theirs.ambient_mask ||
             ours.unbound_mask != theirs.unbound_mask))
            fail_msg("\"%s\" means something else to libcap", text);
        valid += ours.valid && theirs.valid;
        refused += !ours.valid && !theirs.valid;
    }
    /* A generator that makes nothing but wrong texts, or none, compares nothing. */
    assert_in_range(valid, 10000, 19000);
    assert_in_range(refused, 1000, 10000);
}

/* Where the two differ, on purpose: the same masks, or one of them refuses. */
struct difference {
    const char *name;
    const char *text;
    bool libcap;
    bool capkeep;
    const char *same_as; /* to libcap, where capkeep takes it */
};

static const struct difference differences[] = {
    {"IAB: blanks around commas", "^cap_kill , !cap_chown", false, true, "^cap_kill,!cap_chown"},
    {"IAB: blanks at both ends", " ^cap_kill\t", false, true, "^cap_kill"},
    {"IAB: blanks instead of commas", "^cap_kill !cap_chown", false, true, "^cap_kill,!cap_chown"},
    {"IAB: names without cap_", "^kill,%Chown,!net_raw", false, true, "^cap_kill,%cap_chown,!cap_net_raw"},
    {"IAB: commas without a name", ",^cap_kill,,cap_chown", false, true, "^cap_kill,cap_chown"},
    {"IAB: a number that begins with 0 is decimal, or none", "^08", false, true, "^8"},
    {"IAB: no octal number", "^010", true, false, NULL},
    {"IAB: no hexadecimal number", "^0x5", true, false, NULL},
    {"IAB: marks without a name at the end", "cap_kill,^", true, false, NULL},
    {"IAB: nothing but marks", "!", true, false, NULL},
    {"IAB: a comma at the end is one to both", "cap_kill,", true, true, "cap_kill"},
    {"IAB: any case of letters is one to both", "^CAP_Kill", true, true, "^cap_kill"},
    {"IAB: a blank between marks and name is none to both", "^ cap_kill", false, false, NULL},
};

static void check_difference(void **state)
{
    const struct difference *difference = *state;
    struct verdict ours = ask_capkeep(difference->text);

    assert_int_equal(ask_libcap(difference->text).valid, difference->libcap);
    assert_int_equal(ours.valid, difference->capkeep);
    if (difference->same_as != NULL) {
        struct verdict theirs = ask_libcap(difference->same_as);
        assert_true(theirs.valid && ours.inheritable_mask == theirs.inheritable_mask &&
                    ours.ambient_mask == theirs.ambient_mask && ours.unbound_mask == theirs.unbound_mask);
    }
}

int main(void)
{
    static const struct CMUnitTest functions[] = {
        cmocka_unit_test(a_program_may_wait_a_launcher_not),
        cmocka_unit_test(the_8192nd_user_fits_and_no_more),
        cmocka_unit_test(the_4096th_path_fits_and_no_more),
        cmocka_unit_test(a_list_that_cannot_be_moved_is_too_long),
        cmocka_unit_test(a_path_is_shorter_than_path_max),
        cmocka_unit_test(a_full_text_pool_is_said),
        cmocka_unit_test(a_user_name_of_any_length_is_answered),
        cmocka_unit_test(links_are_known_by_device_and_inode),
        cmocka_unit_test(each_directive_is_found_by_its_exact_key),
        cmocka_unit_test(the_nearest_key_is_the_one_with_the_fewest_changes),
        cmocka_unit_test(every_name_of_libcap_has_its_number),
        cmocka_unit_test(every_number_of_libcap_is_one_of_ours),
        cmocka_unit_test(iab_texts_mean_what_they_mean_to_libcap),
    };
    struct CMUnitTest
        tests[COUNT(meanings) + COUNT(refusals) + COUNT(judgements) + COUNT(differences) + COUNT(functions)] = {{0}};
    struct CMUnitTest *test = tests;

    for (size_t i = 0; i < COUNT(meanings); i++)
        *test++ = (struct CMUnitTest){meanings[i].name, check_meaning, .initial_state = (void *)&meanings[i]};
    for (size_t i = 0; i < COUNT(refusals); i++)
        *test++ = (struct CMUnitTest){refusals[i].name, check_refusal, .initial_state = (void *)&refusals[i]};
    for (size_t i = 0; i < COUNT(judgements); i++)
        *test++ = (struct CMUnitTest){judgements[i].name, check_judgement, .initial_state = (void *)&judgements[i]};
    for (size_t i = 0; i < COUNT(differences); i++)
        *test++ = (struct CMUnitTest){differences[i].name, check_difference, .initial_state = (void *)&differences[i]};
    memcpy(test, functions, sizeof(functions));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
