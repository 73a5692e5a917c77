/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of a policy file: what it means, and each mistake with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/cold/policy_file.h"
#include "../../shim/core/policy_match.h"
#include "policy_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINE_MAX_OF_FILES 16381 /* without its line end */

static struct ck_policy policy;
static struct ck_log log_of_file;

/* "LINE: sentence\n" for each. */
struct complaints {
    struct ck_report report;
    char buffer[4096];
    struct ck_text text;
};

static struct complaints complaints;

static void say(struct ck_report *report, const char *file, unsigned line, const char *sentence)
{
    assert_ptr_equal(report, &complaints.report);
    assert_string_equal(file, "f.conf");
    ck_text_number(&complaints.text, line);
    ck_text_string(&complaints.text, ": ");
    ck_text_string(&complaints.text, sentence);
    ck_text_char(&complaints.text, '\n');
}

static void start(void)
{
    memset(&policy, 0, sizeof(policy));
    memset(&log_of_file, 0, sizeof(log_of_file));
    complaints.report = (struct ck_report){.say = say};
    complaints.text = ck_text_start(complaints.buffer, sizeof(complaints.buffer));
}

/* From memory that ends where the text ends: a byte more that is read is found by valgrind and the like. */
static void parse(const char *text, size_t length)
{
    char *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, text, length);
    ck_policy_file_parse("f.conf", copy, length, &fixture_resolver, &policy, &log_of_file, &complaints.report);
    free(copy);
}

static const char *rules(void)
{
    static char buffer[4096];
    struct ck_text text = ck_text_start(buffer, sizeof(buffer));

    for (uint32_t i = 0; i < policy.rule_count; i++) {
        fixture_add_rule(&text, &policy, &policy.rules[i]);
        ck_text_char(&text, '\n');
        assert_string_equal(ck_policy_text(&policy, policy.rules[i].file), "f.conf");
    }
    return buffer;
}

/* --- what a file says */

struct meaning {
    const char *name;
    const char *text;
    const char *rules;
};

static const struct meaning meanings[] = {
    {"a rule", "[Keep ntp]\nUser=ntp\nAmbientCapabilities=CAP_SYS_TIME\n", "ntp:1 user=107 ambient=cap_sys_time\n"},
    {"several rules, each with the line of its section", "[Keep a]\nUser=ntp\n\n[Keep b]\nUser=33\nGuard=yes\n",
     "a:1 user=107\nb:4 user=33 guard\n"},
    {"an empty file has no rule", "", ""},
    {"comments and empty lines say nothing", "# User=x\n; User=x\n\n  \n\t# [x\n  ; x\n", ""},
    {"comments and empty lines stand anywhere", "# x\n[Keep a]\n\n; x\nUser=ntp\n# x", "a:2 user=107\n"},
    {"blanks around a key and its value say nothing", "[Keep a]\nUser \t=  ntp \t\n", "a:1 user=107\n"},
    {"blanks in a value stay", "[Keep a]\nProgram=/opt/a  b\n", "a:1 program=/opt/a  b\n"},
    {"blanks in front of a rule's name say nothing", "[Keep   a b]\nUser=ntp\n", "a b:1 user=107\n"},
    {"lines may be indented, and none goes on the one before it", " [Keep a]\n\tUser=ntp\n    Guard=yes\n",
     "a:1 user=107 guard\n"},
    {"lines may end as on Windows", "[Keep a]\r\n\r\nUser=ntp\r\nGuard=yes\r\n", "a:1 user=107 guard\n"},
    {"the last line needs no line end", "[Keep a]\nUser=ntp", "a:1 user=107\n"},
    {"a value may contain =", "[Keep a]\nProgram=/opt/a=b\n", "a:1 program=/opt/a=b\n"},
    {"a value may contain ; and #", "[Keep a]\nProgram=/opt/a ;b #c\n", "a:1 program=/opt/a ;b #c\n"},
    {"a section's name may contain ;", "[Keep a;b]\nUser=ntp\n", "a;b:1 user=107\n"},
    {"lists of several lines add up", "[Keep a]\nUser=ntp\nProgram=/a\nLauncher=/l\nProgram=/b\nUser=33\n",
     "a:1 user=107,33 launcher=/l program=/a,/b\n"},
    {"a launcher is that of the rule before where all of it is the same",
     "[Keep a]\nLauncher=/bin/sh\n[Keep b]\nLauncher=/bin/s\n[Keep c]\nLauncher=/bin/sh\n[Keep d]\nLauncher=/bin/sh\n"
     "[Keep e]\nLauncher=/bin/sh/*\n[Keep f]\nLauncher=/bin/sh\nLauncher=/bin/shh\n[Keep g]\nLauncher=/bin/sh\n",
     "a:1 launcher=/bin/sh->/usr/bin/dash\nb:3 launcher=/bin/s\nc:5 launcher=/bin/sh->/usr/bin/dash\n"
     "d:7 launcher=/bin/sh->/usr/bin/dash\ne:9 launcher=/bin/sh/*->/usr/bin/dash\n"
     "f:11 launcher=/bin/sh->/usr/bin/dash,/bin/shh\ng:14 launcher=/bin/sh->/usr/bin/dash\n"},
    {"a name may have 43 bytes", "[Keep 1234567890123456789012345678901234567890123]\nUser=ntp\n",
     "1234567890123456789012345678901234567890123:1 user=107\n"},
};

static void check_meaning(void **state)
{
    const struct meaning *meaning = *state;

    start();
    parse(meaning->text, strlen(meaning->text));
    assert_string_equal(complaints.buffer, "");
    assert_int_equal(complaints.report.count, 0);
    assert_string_equal(rules(), meaning->rules);
}

/* --- mistakes */

struct mistake {
    const char *name;
    const char *text;
    const char *complaints;
};

#define NO_LINE "neither a [Section], a Key=Value nor a comment\n"
#define NO_SECTION_LINE "a section is a line of its own, in brackets\n"

static const struct mistake mistakes[] = {
    {"an unknown section", "[Network]\nUser=ntp\n", "1: unknown section \"Network\"; did you mean [Keep NAME]?\n"},
    {"an unknown section is told once", "[Kepe a]\nUser=ntp\nNonsense=1\n",
     "1: unknown section \"Kepe a\"; did you mean [Keep NAME]?\n"},
    {"[policy] in small letters", "[policy]\nLog=none\n", "1: unknown section \"policy\"; did you mean [Policy]?\n"},
    {"[Keep] in small letters", "[keep a]\nUser=ntp\n", "1: unknown section \"keep a\"; did you mean [Keep NAME]?\n"},
    {"[Keepa]", "[Keepa]\nUser=ntp\n", "1: unknown section \"Keepa\"; did you mean [Keep NAME]?\n"},
    {"a section of nothing", "[]\nUser=ntp\n", "1: unknown section \"\"; did you mean [Keep NAME]?\n"},
    {"[Keep] without a name", "[Keep]\nUser=ntp\n", "1: [Keep NAME] needs a name\n"},
    {"[Keep ] with nothing but a blank", "\n[Keep  ]\nUser=ntp\n", "2: [Keep NAME] needs a name\n"},
    {"a second rule of a name", "[Keep a]\nUser=ntp\n[Keep b]\nUser=ntp\n[Keep a]\nUser=33\n",
     "5: a second rule with the name \"a\"\n"},
    {"a section without a key", "[Keep a]\n# User=ntp\n[Keep b]\nUser=ntp\n", "1: a section without a key\n"},
    {"[Policy] without a key", "[Policy]\n[Keep b]\nUser=ntp\n", "1: a section without a key\n"},
    {"the last section without a key", "[Keep b]\nUser=ntp\n\n[Keep a]\n", "4: a section without a key\n"},
    {"text behind a section", "[Keep a] User=ntp\nGuard=yes\n", "1: " NO_SECTION_LINE},
    {"a comment behind a section", "[Keep a] # x\nGuard=yes\n", "1: " NO_SECTION_LINE},
    {"a section that is not closed", "[Keep b]\nUser=ntp\n[Keep a\nGuard=maybe\n", "3: " NO_SECTION_LINE},
    {"a bracket in a section's name", "[Keep a]b]\nUser=ntp\n", "1: " NO_SECTION_LINE},
    {"line ends of another age", "[Keep a]\rUser=ntp\r", "1: " NO_SECTION_LINE},
    {"a section's name of more than 48 bytes", "[Keep 12345678901234567890123456789012345678901234]\nUser=ntp\n",
     "1: the section's name is too long\n"},

    {"a key before the first section", "# x\nUser=ntp\nGuard=yes\n[Keep a]\nUser=ntp\n",
     "2: a key before the first section; did you mean [Keep NAME]?\n"},
    {"an unknown key", "[Keep a]\nUsers=ntp\n", "2: unknown key \"Users\"; did you mean User?\n"},
    {"a key in small letters", "[Keep a]\nuser=ntp\n", "2: unknown key \"user\"; did you mean User?\n"},
    {"a key of nothing", "[Keep a]\nUser=ntp\n=x\n", "3: unknown key \"\"\n"},
    {"an unknown key in [Policy]", "[Policy]\nLogs=none\n",
     "2: unknown key in [Policy]: \"Logs\"; did you mean Log?\n"},
    {"a key in [Policy] that is in capitals elsewhere", "[Policy]\nLoglevel=changes\n",
     "2: unknown key in [Policy]: \"Loglevel\"; did you mean LogLevel?\n"},
    {"a rule's key in [Policy]", "[Policy]\nUser=ntp\n", "2: unknown key in [Policy]: \"User\"\n"},
    {"a key without a value", "[Keep a]\nUser=\n", "2: User=: no value\n"},
    {"a key without =", "[Keep a]\nGuard=yes\nUser\n", "3: " NO_LINE},
    {"a line that goes on the one before it", "[Keep a]\nAmbientCapabilities=kill\n   chown\n", "3: " NO_LINE},
    {"a wrong value", "[Keep a]\nUser=nobdy\n", "2: User=: unknown user \"nobdy\"; did you mean ntp?\n"},
    {"a key that may not be given twice", "[Keep a]\nGuard=yes\nGuard=yes\n",
     "3: Guard=: given a second time, as \"yes\"\n"},
    {"; does not begin a comment behind a value", "[Keep a]\nUser=ntp ; x\n", "2: User=: unknown user \";\"\n"},
    {"# does not begin a comment behind a value", "[Keep a]\nGuard=yes # x\n",
     "2: Guard=: neither yes nor no: \"yes # x\"\n"},
    {"a mark of byte order", "\xef\xbb\xbf[Keep a]\nUser=ntp\n",
     "1: a byte order mark in front of it: save the file without one\n"},
    {"bytes that a terminal obeys are shown as such", "[Keep a]\nUser=\x1b[2J\n\x1b=1\n",
     "2: User=: unknown user \"\\x1b[2J\"\n3: unknown key \"\\x1b\"\n"},

    {"a rule that makes no sense is told with its section",
     "\n[Keep a]\nAmbientCapabilities=kill\nCapabilityBoundingSet=chown\n\n[Keep b]\nUser=ntp\n",
     "2: the bounding set leaves out what is kept: cap_kill\n"},
    {"the last rule, too", "[Keep a]\nAmbientCapabilities=kill\nCapabilityBoundingSet=chown",
     "1: the bounding set leaves out what is kept: cap_kill\n"},
    {"one mistake is told once", "[Keep a]\nAmbientCapabilities=kill\nCapabilityBoundingSet=cap_kil\n",
     "3: CapabilityBoundingSet=: unknown capability \"cap_kil\"; did you mean cap_kill?\n"},
    {"every mistake is told, with its line",
     "Guard=yes\n"
     "[Keep a]\n"
     "User=nobdy\n"
     "Frob=1\n"
     "nonsense\n"
     "[Keep]\n"
     "User=ntp\n"
     "[Policy]\n"
     "Log=here\n"
     "[Keep b]\n"
     "# nothing\n"
     "[Keep c] d\n"
     "[Keep a]\n"
     "AmbientCapabilities=cap_kil\n"
     "[Frob]\n"
     "x=y\n"
     "[Keep e]\n",
     "1: a key before the first section; did you mean [Keep NAME]?\n"
     "3: User=: unknown user \"nobdy\"; did you mean ntp?\n"
     "4: unknown key \"Frob\"\n"
     "5: " NO_LINE "6: [Keep NAME] needs a name\n"
     "9: Log=: not none, stderr, syslog or an absolute path: \"here\"\n"
     "10: a section without a key\n"
     "12: " NO_SECTION_LINE "13: a second rule with the name \"a\"\n"
     "15: unknown section \"Frob\"; did you mean [Keep NAME]?\n"
     "17: a section without a key\n"},

    {"Log= without a value", "[Policy]\nLog=\n", "2: Log=: not none, stderr, syslog or an absolute path: \"\"\n"},
    {"Log= relative", "[Policy]\nLog=var/log/x\n",
     "2: Log=: not none, stderr, syslog or an absolute path: \"var/log/x\"\n"},
    {"Log= twice", "[Policy]\nLog=none\n[Policy]\nLog=none\n", "4: Log=: given a second time\n"},
    {"Log= in a rule", "[Keep a]\nUser=ntp\nLog=none\n", "3: unknown key \"Log\"\n"},
    {"LogLevel= without a value", "[Policy]\nLogLevel=\n", "2: LogLevel=: not failures, changes or all: \"\"\n"},
    {"LogLevel= that is nearly one", "[Policy]\nLogLevel=failure\n",
     "2: LogLevel=: not failures, changes or all: \"failure\"; did you mean failures?\n"},
    {"LogLevel= in capitals", "[Policy]\nLogLevel=CHANGES\n",
     "2: LogLevel=: not failures, changes or all: \"CHANGES\"; did you mean changes?\n"},
    {"LogLevel= that is none", "[Policy]\nLogLevel=7\n", "2: LogLevel=: not failures, changes or all: \"7\"\n"},
    {"LogLevel= twice", "[Policy]\nLogLevel=failures\nLog=none\nLogLevel=failures\n",
     "4: LogLevel=: given a second time\n"},
    {"LogLevel= in a rule", "[Keep a]\nUser=ntp\nLogLevel=changes\n", "3: unknown key \"LogLevel\"\n"},
};

static void check_mistake(void **state)
{
    const struct mistake *mistake = *state;
    unsigned count = 0;

    start();
    parse(mistake->text, strlen(mistake->text));
    assert_string_equal(complaints.buffer, mistake->complaints);
    for (const char *end = complaints.buffer; (end = strchr(end, '\n')) != NULL; end++)
        count++;
    assert_int_equal(complaints.report.count, count);
}

/* --- texts that no string literal holds */

static void a_nul_byte_is_no_text(void **state)
{
    static const char text[] = "[Keep a]\nUser=ntp\0\nGuard=maybe\n";

    (void)state; /* cmocka's signature */
    start();
    parse(text, sizeof(text) - 1);
    assert_string_equal(complaints.buffer, "2: a NUL byte: this is not a text file\n");
}

static void a_nul_byte_after_the_last_line_is_one(void **state)
{
    static const char text[] = "[Keep a]\nUser=ntp\n";

    (void)state; /* cmocka's signature */
    start();
    parse(text, sizeof(text));
    assert_string_equal(complaints.buffer, "3: a NUL byte: this is not a text file\n");
}

/* A comment of `length` bytes as the second line; a mistake in the third. */
static void parse_long_line(size_t length)
{
    static const char before[] = "[Keep a]\n#";
    static const char after[] = "\nUser=nobdy\n";
    size_t size = sizeof(before) - 1 + length - 1 + sizeof(after) - 1;
    char *text = malloc(size);

    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, before, sizeof(before) - 1);
    memcpy(text + size - (sizeof(after) - 1), after, sizeof(after) - 1);
    start();
    parse(text, size);
    free(text);
}

static void the_longest_line_is_read(void **state)
{
    (void)state; /* cmocka's signature */
    parse_long_line(LINE_MAX_OF_FILES);
    assert_string_equal(complaints.buffer, "3: User=: unknown user \"nobdy\"; did you mean ntp?\n");
}

static unsigned warnings;

static void warn(struct ck_report *report, const char *file, unsigned line, const char *sentence)
{
    (void)report;
    assert_string_equal(file, "f.conf");
    assert_int_equal(line, 2);
    assert_memory_equal(sentence, "User=: unknown user \"", 21);
    warnings++;
}

static void parse_with_warnings(const char *text)
{
    warnings = 0;
    start();
    complaints.report.warn = warn;
    parse(text, strlen(text));
}

static void an_account_that_is_gone_is_no_mistake_and_nobody(void **state)
{
    (void)state; /* cmocka's signature */
    parse_with_warnings("[Keep a]\nUser=gone\nAmbientCapabilities=kill\n");
    assert_int_equal(warnings, 1);
    assert_int_equal(complaints.report.count, 0);
    for (uid_t uid = 0; uid < 2000; uid++)
        assert_false(ck_rule_has_user(&policy, &policy.rules[0], uid));
    assert_false(ck_rule_has_user(&policy, &policy.rules[0], (uid_t)-1));
    parse_with_warnings("[Keep a]\nUser=gone ntp gone2\n");
    assert_int_equal(warnings, 1);
    assert_true(ck_rule_has_user(&policy, &policy.rules[0], 107));
    assert_false(ck_rule_has_user(&policy, &policy.rules[0], 33));
    parse_with_warnings("[Keep a]\nUser=gone\nUser=ntp\n");
    assert_true(ck_rule_has_user(&policy, &policy.rules[0], 107));
    assert_false(ck_rule_has_user(&policy, &policy.rules[0], 33));
}

/* No account ever was called so: it is a slip, and what it was to be is not known. */
static void what_is_no_name_of_an_account_is_a_mistake(void **state)
{
    static const char *const names[] = {"-1", "0x7", "4294967296", "ntp,www-data", ";", "\"ntp\""};
    char text[80];

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(text, sizeof(text), "[Keep a]\nUser=%s\n", names[i]);
        parse_with_warnings(text);
        assert_int_equal(warnings, 0);
        assert_int_equal(complaints.report.count, 1);
    }
}

/* A rule whose mistakes are aside is for the launchers that it names, and never matches. */
struct aside {
    const char *text;
    bool is_aside;
};

static const struct aside asides[] = {
    {"[Keep a]\nLauncher=/l\nAmbientCapabilities=cap_x\n", true},
    {"[Keep a]\nAmbientCapabilities=cap_x\nLauncher=/l\n", true},
    {"[Keep a]\nLauncher=/l\nAmbientCapabilities=kill\nCapabilityBoundingSet=chown\n", true},
    {"[Keep b]\nGuard=yes\n[Keep a]\nLauncher=/l\nGuard=x\n[Keep c]\nGuard=yes\n", true},
    {"[Keep a]\nAmbientCapabilities=cap_x\n", false},
    {"[Keep a]\nLauncher=/l\nLaunchr=/m\n", false},
    {"[Keep a]\nLauncher=/l\nLauncher=m\n", false},
    {"[Keep a]\nLauncher=/l\nLauncher=m\nGuard=x\n", false},
    {"[Keep a]\nLauncher=/l\nGuard=x\nnonsense\n", false},
    {"[Keep a]\nLauncher=/l\nGuard=x\n[Kepe b]\nGuard=yes\n", false},
    {"[Keep a]\nLauncher=/l\nGuard=x\n[Keep b]\nGuard=x\n", false},
    {"[Keep a]\nLauncher=/l\nGuard=x\n[Keep a]\nLauncher=/l\n", false},
    {"[Keep b]\nFrob=1\n[Keep a]\nLauncher=/l\nGuard=x\n", false},
};

static void a_mistake_is_aside_where_the_launchers_are_certain(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(asides); i++) {
        start();
        parse(asides[i].text, strlen(asides[i].text));
        assert_true(complaints.report.count > 0);
        if ((complaints.report.count == complaints.report.aside_count) != asides[i].is_aside)
            fail_msg("%s", asides[i].text);
        if (!asides[i].is_aside)
            continue;
        assert_true(ck_match_is_broken(&policy, "/l"));
        assert_true(ck_match_is_broken(&policy, NULL));
        assert_false(ck_match_is_broken(&policy, "/m"));
        ck_match_set_launcher(&policy, "/l");
        for (uint32_t rule = 0; rule < policy.rule_count; rule++)
            assert_int_equal(policy.rules[rule].foreign, policy.rules[rule].is_broken);
    }
}

static void a_longer_line_is_the_last_mistake_that_is_told(void **state)
{
    (void)state; /* cmocka's signature */
    parse_long_line(LINE_MAX_OF_FILES + 1);
    assert_string_equal(complaints.buffer, "2: the line is too long\n");
    parse_long_line((size_t)10 * LINE_MAX_OF_FILES);
    assert_string_equal(complaints.buffer, "2: the line is too long\n");
}

static char *make_rules(const char *prefix, unsigned count)
{
    char *text = malloc((size_t)count * 64 + 1);
    char *place = text;

    assert_non_null(text);
    *place = '\0';
    for (unsigned i = 0; i < count; i++)
        place += sprintf(place, "[Keep %s%u]\nUser=%u\n", prefix, i, i + 1);
    return text;
}

static void a_policy_has_1000_rules_and_no_more(void **state)
{
    char *text = make_rules("a", 1000);

    (void)state; /* cmocka's signature */
    start();
    parse(text, strlen(text));
    assert_string_equal(complaints.buffer, "");
    assert_int_equal(policy.rule_count, 1000);
    assert_int_equal(policy.uids[policy.rules[999].users.first], 1000);
    assert_int_equal(policy.rules[999].line, 1999);
    /* In one file or in two. */
    static const char another[] = "# x\n[Keep another]\nUser=nobdy\n[Keep b]\nUser=nobdy\n";
    parse(another, sizeof(another) - 1);
    assert_string_equal(complaints.buffer, "2: more than 1000 rules\n");
    assert_int_equal(policy.rule_count, 1000);
    free(text);
    text = make_rules("a", 1002);
    start();
    parse(text, strlen(text));
    assert_string_equal(complaints.buffer, "2001: more than 1000 rules\n");
    free(text);
}

static void two_files_add_up_and_may_use_a_name_each(void **state)
{
    static const char one[] = "[Policy]\nLog=stderr\n[Keep a]\nUser=ntp\n";
    static const char two[] = "[Keep a]\nUser=33\n[Policy]\nLog=none\n";

    (void)state; /* cmocka's signature */
    start();
    parse(one, sizeof(one) - 1);
    assert_int_equal(log_of_file.kind, CK_LOG_STDERR);
    parse(two, sizeof(two) - 1);
    assert_string_equal(complaints.buffer, "");
    assert_string_equal(rules(), "a:3 user=107\na:1 user=33\n");
    assert_int_equal(log_of_file.kind, CK_LOG_NONE);
}

static void a_full_text_pool_is_said(void **state)
{
    static const char text[] = "[Keep a]\nUser=ntp\n";

    (void)state; /* cmocka's signature */
    start();
    policy.text_size = CK_TEXT_MAX - (uint32_t)sizeof("f.conf") + 1;
    parse(text, sizeof(text) - 1);
    assert_string_equal(complaints.buffer, "0: the policy has too much text\n");
    start();
    policy.text_size = CK_TEXT_MAX - (uint32_t)sizeof("f.conf");
    parse(text, sizeof(text) - 1);
    assert_string_equal(complaints.buffer, "1: the policy has too much text\n");
}

/* --- Log= */

struct log_value {
    const char *name;
    const char *value;
    enum ck_log_kind kind;
};

static const struct log_value log_values[] = {
    {"Log=none", "none", CK_LOG_NONE},
    {"Log=stderr", "stderr", CK_LOG_STDERR},
    {"Log=syslog", "syslog", CK_LOG_SYSLOG},
    {"Log=/FILE", "/var/log/a b", CK_LOG_FILE},
};

static void check_log_value(void **state)
{
    const struct log_value *row = *state;
    char text[256];

    start();
    int length = snprintf(text, sizeof(text), "[Policy]\nLog=%s\n", row->value);
    parse(text, (size_t)length);
    assert_string_equal(complaints.buffer, "");
    assert_int_equal(log_of_file.kind, row->kind);
    assert_string_equal(log_of_file.path, row->kind == CK_LOG_FILE ? row->value : "");
}

static void log_level_is_of_the_last_file_that_has_it(void **state)
{
    static const char failures[] = "[Policy]\nLogLevel=failures\n";
    static const char silent[] = "[Policy]\nLog=none\n";
    static const char changes[] = "[Policy]\nLogLevel=changes\n";
    static const char all[] = "[Policy]\nLogLevel=all\n";

    (void)state; /* cmocka's signature */
    start();
    assert_int_equal(log_of_file.scope, CK_LOG_CHANGES);
    parse(failures, sizeof(failures) - 1);
    assert_int_equal(log_of_file.scope, CK_LOG_FAILURES);
    parse(silent, sizeof(silent) - 1);
    assert_int_equal(log_of_file.scope, CK_LOG_FAILURES);
    parse(changes, sizeof(changes) - 1);
    assert_int_equal(log_of_file.scope, CK_LOG_CHANGES);
    parse(all, sizeof(all) - 1);
    assert_int_equal(log_of_file.scope, CK_LOG_ALL);
    assert_string_equal(complaints.buffer, "");
}

static void a_log_is_no_longer_than_a_path(void **state)
{
    struct ck_parse_error error = {""};
    char path[PATH_MAX + 1];

    (void)state; /* cmocka's signature */
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[PATH_MAX] = '\0';
    assert_true(ck_policy_log_parse(path, &log_of_file, &error) < 0);
    assert_string_equal(error.text, "longer than a path can be");
    path[PATH_MAX - 1] = '\0';
    assert_int_equal(ck_policy_log_parse(path, &log_of_file, &error), 0);
    assert_string_equal(log_of_file.path, path);
}

int main(void)
{
    static const struct CMUnitTest functions[] = {
        cmocka_unit_test(a_nul_byte_is_no_text),
        cmocka_unit_test(a_nul_byte_after_the_last_line_is_one),
        cmocka_unit_test(the_longest_line_is_read),
        cmocka_unit_test(an_account_that_is_gone_is_no_mistake_and_nobody),
        cmocka_unit_test(what_is_no_name_of_an_account_is_a_mistake),
        cmocka_unit_test(a_mistake_is_aside_where_the_launchers_are_certain),
        cmocka_unit_test(a_longer_line_is_the_last_mistake_that_is_told),
        cmocka_unit_test(a_policy_has_1000_rules_and_no_more),
        cmocka_unit_test(two_files_add_up_and_may_use_a_name_each),
        cmocka_unit_test(a_full_text_pool_is_said),
        cmocka_unit_test(log_level_is_of_the_last_file_that_has_it),
        cmocka_unit_test(a_log_is_no_longer_than_a_path),
    };
    struct CMUnitTest tests[COUNT(meanings) + COUNT(mistakes) + COUNT(log_values) + COUNT(functions)] = {{0}};
    struct CMUnitTest *test = tests;

    for (size_t i = 0; i < COUNT(meanings); i++)
        *test++ = (struct CMUnitTest){meanings[i].name, check_meaning, .initial_state = (void *)&meanings[i]};
    for (size_t i = 0; i < COUNT(mistakes); i++)
        *test++ = (struct CMUnitTest){mistakes[i].name, check_mistake, .initial_state = (void *)&mistakes[i]};
    for (size_t i = 0; i < COUNT(log_values); i++)
        *test++ = (struct CMUnitTest){log_values[i].name, check_log_value, .initial_state = (void *)&log_values[i]};
    memcpy(test, functions, sizeof(functions));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
