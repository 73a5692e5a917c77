/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which rules match, and what they come to together. Every row is a policy, who asks, and the whole of the answer. */
#include "../../shim/core/policy_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define NET (UINT64_C(1) << 10)
#define RAW (UINT64_C(1) << 13)
#define TIME (UINT64_C(1) << 25)
#define ALL UINT64_MAX
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ck_policy policy;

/* The pool of texts, by what stands there. A path is a file that it names or a directory. */
enum { NO_TEXT, NTPD, SH, DASH, SRV, OPT, GONE, TEXT_COUNT };
static const char *const texts[TEXT_COUNT] = {"",         "/sbin/ntpd", "/bin/sh", "/usr/bin/dash",
                                              "/srv/bin", "/opt/bin",   "/gone"};
static const struct {
    int text;
    int resolved;
    bool directory;
    dev_t dev;
    ino_t ino;
} paths[] = {
    {NTPD, NTPD, false, 8, 11}, /* 0 */
    {SH, DASH, false, 8, 12},   /* 1 */
    {SRV, OPT, true, 8, 13},    /* 2 */
    {GONE, GONE, false, 0, 0},  /* 3: it does not exist */
};
static const uid_t uids[] = {7, 8, 0};

static void make_policy(const struct ck_rule *rules, uint32_t count)
{
    uint32_t offsets[TEXT_COUNT];

    policy.text_size = 0;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        assert_int_equal(ck_policy_add_text(&policy, texts[i], strlen(texts[i]), &offsets[i]), 0);
    for (size_t i = 0; i < COUNT(paths); i++) {
        policy.paths[i] = (struct ck_path){.text = offsets[paths[i].text],
                                           .resolved = offsets[paths[i].resolved],
                                           .directory = paths[i].directory,
                                           .dev = paths[i].dev,
                                           .ino = paths[i].ino};
    }
    memcpy(policy.uids, uids, sizeof(uids));
    policy.rule_count = count;
    if (count > 0)
        memcpy(policy.rules, rules, count * sizeof(rules[0]));
}

/* --- one path and one file */

struct path_row {
    const char *name;
    unsigned path;
    struct ck_program_name file;
    bool matches;
};

static const struct path_row path_rows[] = {
    {"a file by its text", 0, {"/sbin/ntpd", NULL, 0, 0}, true},
    {"another text, that cannot be resolved or looked at", 0, {"/sbin/ntp", NULL, 0, 0}, false},
    {"by the file that both are", 1, {"/etc/alternatives/sh", "/usr/bin/dash", 0, 0}, true},
    {"by its text, though it is another file now", 1, {"/bin/sh", "/usr/bin/bash", 0, 0}, true},
    {"another file", 1, {"/bin/bash", "/usr/bin/bash", 9, 12}, false},
    {"a file that is resolved is not asked for its number", 0, {"/x", "/y", 8, 11}, false},
    {"by device and inode where it cannot be resolved", 0, {"/x", NULL, 8, 11}, true},
    {"another device", 0, {"/x", NULL, 9, 11}, false},
    {"another inode", 0, {"/x", NULL, 8, 12}, false},
    {"a descriptor, by device and inode", 0, {NULL, NULL, 8, 11}, true},
    {"a descriptor that can be resolved", 1, {NULL, "/usr/bin/dash", 0, 0}, true},
    {"no inode is none that is the same", 3, {"/x", NULL, 0, 0}, false},
    {"in the directory, by its text", 2, {"/srv/bin/x", NULL, 0, 0}, true},
    {"in the directory, by what it resolves to", 2, {"/x", "/opt/bin/x", 0, 0}, true},
    {"a descriptor of a file in the directory", 2, {NULL, "/opt/bin/x", 0, 0}, true},
    {"its text is not for what is resolved", 2, {"/x", "/srv/bin/x", 0, 0}, false},
    {"nor the other way round", 2, {"/opt/bin/x", NULL, 0, 0}, false},
    {"the directory itself is not in it", 2, {"/srv/bin", "/opt/bin", 0, 0}, false},
    {"nor by its inode", 2, {"/srv/bin", NULL, 8, 13}, false},
    {"nor is it with a slash", 2, {"/srv/bin/", NULL, 0, 0}, false},
    {"nor ..", 2, {"/srv/bin/..", NULL, 0, 0}, false},
    {"nor .", 2, {"/srv/bin/.", NULL, 0, 0}, false},
    {"a name that begins with a dot is", 2, {"/srv/bin/.x", NULL, 0, 0}, true},
    {"not in a directory below", 2, {"/srv/bin/x/y", NULL, 0, 0}, false},
    {"not beside it", 2, {"/srv/binx", NULL, 0, 0}, false},
    {"not behind a name that only begins so", 2, {"/srv/binary/x", NULL, 0, 0}, false},
};

static void a_path_matches(void **state)
{
    (void)state; /* cmocka's signature */
    make_policy(NULL, 0);
    for (size_t i = 0; i < COUNT(path_rows); i++) {
        const struct path_row *row = &path_rows[i];

        if (ck_path_matches(&policy, &policy.paths[row->path], &row->file) != row->matches)
            fail_msg("%s: %s %s", row->name, row->file.text, row->file.resolved);
    }
}

/* --- all rules that match, together */

struct row {
    const char *name;
    struct ck_rule rules[3];
    uint32_t count;
    uid_t euid;
    const char *running; /* the program being executed; NULL for none */
    struct ck_keep keep;
};

#define USER_7 .users = {0, 1}
#define USER_8 .users = {1, 1}
#define PROGRAM_NTPD .programs = {0, 1}
#define PROGRAM_SH .programs = {1, 1}
#define NOTHING .rule = CK_NO_RULE, .bounding_mask = ALL

static const struct row rows[] = {
    {"no rule", {{0}}, 0, 7, NULL, {NOTHING}},
    {"any user but 0", {{.ambient_mask = TIME}}, 1, 7, NULL, {TIME, TIME, 0, 0, ALL, TIME, 0, 0, 0, TIME, 0, 1, false}},
    {"0 is no user that a rule is for by itself", {{.ambient_mask = TIME}}, 1, 0, NULL, {NOTHING}},
    {"0 by name",
     {{.users = {2, 1}, .ambient_mask = TIME}},
     1,
     0,
     NULL,
     {TIME, TIME, 0, 0, ALL, TIME, 0, 0, 0, TIME, 0, 1, false}},
    {"its user, the last of two",
     {{.users = {0, 2}, .ambient_mask = TIME}},
     1,
     8,
     NULL,
     {TIME, TIME, 0, 0, ALL, TIME, 0, 0, 0, TIME, 0, 1, false}},
    {"another user", {{USER_8, .ambient_mask = TIME}}, 1, 7, NULL, {NOTHING}},
    {"the second rule is the first that matches",
     {{USER_8, .ambient_mask = RAW, .no_new_privs = true, .refuse = true}, {USER_7, .ambient_mask = TIME}},
     2,
     7,
     NULL,
     {TIME, TIME, 0, 0, ALL, TIME, 0, 0, 0, TIME, 1, 1, false}},
    {"a rule for other launchers",
     {{.ambient_mask = RAW, .foreign = true, .no_new_privs = true}, {.ambient_mask = TIME}},
     2,
     7,
     NULL,
     {TIME, TIME, 0, 0, ALL, TIME, 0, 0, 0, TIME, 1, 1, false}},
    {"two rules count together",
     {{.ambient_mask = TIME}, {.ambient_mask = RAW}},
     2,
     7,
     NULL,
     {TIME | RAW, TIME | RAW, 0, 0, ALL, TIME | RAW, 0, 0, 0, TIME | RAW, 0, 2, false}},
    {"what is for a program waits",
     {{PROGRAM_NTPD, .ambient_mask = TIME, .refuse = true}},
     1,
     7,
     NULL,
     {TIME, 0, 0, 0, ALL, TIME, 0, TIME, TIME, 0, 0, 1, false}},
    {"and is given to it",
     {{PROGRAM_NTPD, .ambient_mask = TIME, .refuse = true}},
     1,
     7,
     "/sbin/ntpd",
     {TIME, TIME, 0, 0, ALL, TIME, TIME, 0, 0, TIME, 0, 1, false}},
    {"and to no other",
     {{PROGRAM_SH, .ambient_mask = TIME}},
     1,
     7,
     "/sbin/ntpd",
     {TIME, 0, 0, 0, ALL, TIME, 0, TIME, 0, 0, 0, 1, false}},
    {"what this program has as well is not another's, nor awaited",
     {{PROGRAM_SH, .ambient_mask = TIME | RAW, .refuse = true}, {PROGRAM_NTPD, .ambient_mask = RAW}},
     2,
     7,
     "/sbin/ntpd",
     {TIME | RAW, RAW, 0, 0, ALL, TIME | RAW, 0, TIME, TIME, RAW, 0, 2, false}},
    {"refuse is for what its own rule keeps",
     {{.ambient_mask = TIME, .refuse = true}, {.ambient_mask = RAW}},
     2,
     7,
     NULL,
     {TIME | RAW, TIME | RAW, 0, 0, ALL, TIME | RAW, TIME, 0, 0, TIME | RAW, 0, 2, false}},
    {"descendants inherit what any rule leaves them",
     {{.ambient_mask = TIME | RAW, .no_descendants = true}, {.ambient_mask = RAW}},
     2,
     7,
     NULL,
     {TIME | RAW, TIME | RAW, 0, 0, ALL, TIME | RAW, 0, 0, 0, RAW, 0, 2, false}},
    {"what two other programs wait for",
     {{PROGRAM_SH, .ambient_mask = TIME, .refuse = true}, {PROGRAM_SH, .ambient_mask = RAW, .refuse = true}},
     2,
     7,
     "/sbin/ntpd",
     {TIME | RAW, 0, 0, 0, ALL, TIME | RAW, 0, TIME | RAW, TIME | RAW, 0, 0, 2, false}},
    {"and what two rules refuse to go on without",
     {{.ambient_mask = TIME, .refuse = true}, {.ambient_mask = RAW, .refuse = true}},
     2,
     7,
     NULL,
     {TIME | RAW, TIME | RAW, 0, 0, ALL, TIME | RAW, TIME | RAW, 0, 0, TIME | RAW, 0, 2, false}},
    {"two inheritable ones, one that waits, in silence",
     {{.inheritable_mask = TIME}, {.inheritable_mask = RAW}, {PROGRAM_SH, .inheritable_mask = NET}},
     3,
     7,
     NULL,
     {0, 0, TIME | RAW, NET, ALL, TIME | RAW | NET, 0, 0, 0, 0, 0, 3, false}},
    {"no_new_privs of any rule",
     {{.ambient_mask = TIME}, {.ambient_mask = RAW, .no_new_privs = true}},
     2,
     7,
     NULL,
     {TIME | RAW, TIME | RAW, 0, 0, ALL, TIME | RAW, 0, 0, 0, TIME | RAW, 0, 2, true}},
    {"of one whose program is not executed, too",
     {{PROGRAM_SH, .no_new_privs = true}},
     1,
     7,
     "/sbin/ntpd",
     {0, 0, 0, 0, ALL, 0, 0, 0, 0, 0, 0, 1, true}},
    {"IAB's inheritable", {{.inheritable_mask = NET}}, 1, 7, NULL, {0, 0, NET, 0, ALL, NET, 0, 0, 0, 0, 0, 1, false}},
    {"IAB's inheritable for a program waits",
     {{PROGRAM_SH, .inheritable_mask = NET}},
     1,
     7,
     NULL,
     {0, 0, 0, NET, ALL, NET, 0, 0, 0, 0, 0, 1, false}},
    {"unless it is inheritable by another rule now",
     {{PROGRAM_SH, .inheritable_mask = NET | RAW}, {.inheritable_mask = NET}},
     2,
     7,
     NULL,
     {0, 0, NET, RAW, ALL, NET | RAW, 0, 0, 0, 0, 0, 2, false}},
    {"the bounding set of one rule",
     {{.ambient_mask = TIME, .has_bounding = true, .bounding_mask = RAW}},
     1,
     7,
     NULL,
     {TIME, TIME, 0, 0, RAW, 0, 0, 0, 0, TIME, 0, 1, false}},
    {"an empty one",
     {{.ambient_mask = TIME, .has_bounding = true}},
     1,
     7,
     NULL,
     {TIME, TIME, 0, 0, 0, 0, 0, 0, 0, TIME, 0, 1, false}},
    {"the union of two",
     {{.has_bounding = true, .bounding_mask = RAW}, {.has_bounding = true, .bounding_mask = TIME}},
     2,
     7,
     NULL,
     {0, 0, 0, 0, RAW | TIME, 0, 0, 0, 0, 0, 0, 2, false}},
    {"what a rule that is silent about it keeps stays in it",
     {{.has_bounding = true, .bounding_mask = RAW}, {.ambient_mask = TIME}},
     2,
     7,
     NULL,
     {TIME, TIME, 0, 0, RAW | TIME, TIME, 0, 0, 0, TIME, 0, 2, false}},
    {"in the other order",
     {{.ambient_mask = TIME}, {.has_bounding = true, .bounding_mask = RAW}},
     2,
     7,
     NULL,
     {TIME, TIME, 0, 0, RAW | TIME, TIME, 0, 0, 0, TIME, 0, 2, false}},
    {"what is only inheritable too, which is lost without it",
     {{.inheritable_mask = NET}, {.has_bounding = true, .bounding_mask = RAW}},
     2,
     7,
     NULL,
     {0, 0, NET, 0, RAW | NET, NET, 0, 0, 0, 0, 0, 2, false}},
    {"also for a program that comes later",
     {{PROGRAM_SH, .inheritable_mask = NET}, {.has_bounding = true, .bounding_mask = RAW}},
     2,
     7,
     NULL,
     {0, 0, 0, NET, RAW | NET, NET, 0, 0, 0, 0, 0, 2, false}},
    {"!cap of IAB",
     {{.ambient_mask = TIME, .unbound_mask = RAW}},
     1,
     7,
     NULL,
     {TIME, TIME, 0, 0, ~RAW, 0, 0, 0, 0, TIME, 0, 1, false}},
    {"!cap of IAB, and a bounding set",
     {{.unbound_mask = RAW, .has_bounding = true, .bounding_mask = RAW | TIME}},
     1,
     7,
     NULL,
     {0, 0, 0, 0, TIME, 0, 0, 0, 0, 0, 0, 1, false}},
    {"a whole bounding set is silence",
     {{.ambient_mask = TIME, .has_bounding = true, .bounding_mask = ALL}},
     1,
     7,
     NULL,
     {TIME, TIME, 0, 0, ALL, TIME, 0, 0, 0, TIME, 0, 1, false}},
};

static bool is_same(const struct ck_keep *a, const struct ck_keep *b)
{
    return a->keep_mask == b->keep_mask && a->ambient_mask == b->ambient_mask &&
           a->inheritable_mask == b->inheritable_mask && a->later_mask == b->later_mask &&
           a->bounding_mask == b->bounding_mask && a->silent_mask == b->silent_mask &&
           a->refuse_mask == b->refuse_mask && a->other_mask == b->other_mask && a->awaited_mask == b->awaited_mask &&
           a->inherited_mask == b->inherited_mask && a->rule == b->rule && a->rule_count == b->rule_count &&
           a->no_new_privs == b->no_new_privs;
}

static void rules_come_to(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const struct ck_program program = {.count = 1, .names = {{.text = row->running}}};
        struct ck_keep keep;

        make_policy(row->rules, row->count);
        if (row->running == NULL)
            ck_match(&policy, row->euid, NULL, &keep);
        else
            ck_match_exec(&policy, row->euid, &program, &keep);
        if (!is_same(&keep, &row->keep))
            fail_msg("%s: keep %#lx ambient %#lx inh %#lx later %#lx bounding %#lx silent %#lx refuse %#lx other %#lx "
                     "awaited %#lx inherited %#lx rule %u of %u nnp %d",
                     row->name, keep.keep_mask, keep.ambient_mask, keep.inheritable_mask, keep.later_mask,
                     keep.bounding_mask, keep.silent_mask, keep.refuse_mask, keep.other_mask, keep.awaited_mask,
                     keep.inherited_mask, keep.rule, keep.rule_count, keep.no_new_privs);
    }
}

/* --- sets of rules */

/* One in each word, at its ends, with rules in between that match no program that is executed. */
static void a_script_is_itself_and_each_of_its_interpreters(void **state)
{
    static struct ck_rule many[130];
    const struct ck_program program = {
        .count = 2, .names = {{.text = "/script"}, {.text = "/bin/sh", .resolved = "/usr/bin/dash"}}};
    const uint32_t matching[] = {0, 63, 64, 129};
    struct ck_rule_set set;
    struct ck_keep keep;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(many); i++)
        many[i] = (struct ck_rule){PROGRAM_NTPD, .ambient_mask = RAW};
    for (size_t i = 0; i < COUNT(matching); i++)
        many[matching[i]] = (struct ck_rule){.programs = {0, 2}, .ambient_mask = UINT64_C(1) << i};
    many[100] = (struct ck_rule){PROGRAM_SH, .ambient_mask = TIME, .foreign = true};
    make_policy(many, COUNT(many));
    ck_match_program(&policy, &program, &set);
    for (uint32_t i = 0; i < COUNT(many); i++) {
        bool expected = i == 0 || i == 63 || i == 64 || i == 129;
        assert_int_equal(set.words[i / 64] >> i % 64 & 1, expected);
    }
    ck_match(&policy, 7, &set, &keep);
    assert_true(keep.ambient_mask == 15 && keep.keep_mask == (15 | RAW) && keep.rule_count == 129);
}

static void what_lies_behind_the_last_name_is_none(void **state)
{
    const struct ck_rule rule = {PROGRAM_NTPD, .ambient_mask = TIME};
    const struct ck_program program = {.count = 1, .names = {{.text = "/script"}, {.text = "/sbin/ntpd"}}};
    struct ck_rule_set set;

    (void)state; /* cmocka's signature */
    make_policy(&rule, 1);
    ck_match_program(&policy, &program, &set);
    assert_int_equal(set.words[0], 0);
}

static void a_rule_without_program_is_for_every_program(void **state)
{
    const struct ck_rule rule = {.ambient_mask = TIME};
    struct ck_rule_set set;

    (void)state; /* cmocka's signature */
    make_policy(&rule, 1);
    ck_match_program(&policy, &(struct ck_program){0}, &set);
    assert_int_equal(set.words[0], 1);
    for (size_t i = 1; i < COUNT(set.words); i++)
        assert_int_equal(set.words[i], 0);
}

/* --- launchers */

static void launchers_are_told_apart(void **state)
{
    const struct ck_rule rules[] = {{.launchers = {0, 1}}, {.launchers = {1, 2}}, {.ambient_mask = TIME}};
    const struct ck_program ntpd = {.count = 1, .names = {{.text = "/sbin/ntpd"}}};
    const struct ck_program other = {.count = 1, .names = {{.text = "/bin/x"}}};

    (void)state; /* cmocka's signature */
    make_policy(rules, 3);
    assert_true(ck_match_has_launchers(&policy));
    policy.rules[3].foreign = true; /* behind the last */
    ck_match_set_launcher(&policy, "/sbin/ntpd");
    assert_true(policy.rules[3].foreign);
    assert_true(!policy.rules[0].foreign && policy.rules[1].foreign && !policy.rules[2].foreign);
    assert_false(ck_match_is_foreign(&policy));
    ck_match_set_launcher(&policy, "/opt/bin/x");
    assert_true(policy.rules[0].foreign && !policy.rules[1].foreign && !policy.rules[2].foreign);
    assert_true(ck_match_launcher(&policy, &other));
    policy.rule_count = 2;
    ck_match_set_launcher(&policy, "/bin/x");
    assert_true(ck_match_is_foreign(&policy));
    assert_true(ck_match_launcher(&policy, &ntpd));
    assert_false(ck_match_launcher(&policy, &other));
    policy.rule_count = 1;
    assert_true(ck_match_has_launchers(&policy));
    make_policy(&rules[2], 1);
    assert_false(ck_match_has_launchers(&policy));
}

static void without_rules_nobody_is_a_launcher(void **state)
{
    const struct ck_program ntpd = {.count = 1, .names = {{.text = "/sbin/ntpd"}}};

    (void)state; /* cmocka's signature */
    make_policy(NULL, 0);
    assert_false(ck_match_has_launchers(&policy));
    assert_false(ck_match_launcher(&policy, &ntpd));
    assert_true(ck_match_is_foreign(&policy));
    assert_false(ck_match_may_name_launcher(&policy, "ntpd"));
}

/* --- Guard= */

static void what_is_guarded(void **state)
{
    const struct ck_rule rules[] = {
        {USER_7, .guard = true, .ambient_mask = TIME},
        {USER_8, .guard = true, .ambient_mask = RAW},
        {.ambient_mask = NET},
    };
    const struct ck_rule foreign = {.guard = true, .ambient_mask = TIME, .foreign = true};

    (void)state; /* cmocka's signature */
    make_policy(rules, 3);
    assert_true(ck_match_guard(&policy, true, 0) == (TIME | RAW));
    assert_true(ck_match_guard(&policy, false, 7) == TIME);
    assert_true(ck_match_guard(&policy, false, 8) == RAW);
    assert_true(ck_match_guard(&policy, false, 9) == 0);
    make_policy(&foreign, 1);
    assert_true(ck_match_guard(&policy, true, 0) == 0);
}

/* --- no rule matches */

struct miss_row {
    const char *name;
    struct ck_rule rules[3];
    uint32_t count;
    int nearest; /* -1 for none */
    bool has_user;
    bool has_launcher;
};

#define ELSEWHERE .launchers = {3, 1}, .foreign = true
#define HERE .launchers = {0, 1}

static const struct miss_row miss_rows[] = {
    {"no rule", {{0}}, 0, -1, false, false},
    {"another user", {{USER_8}}, 1, 0, false, true},
    {"another launcher", {{USER_7, ELSEWHERE}}, 1, 0, true, false},
    {"another launcher of any user", {{ELSEWHERE}}, 1, 0, true, false},
    {"both are others", {{USER_8, ELSEWHERE}}, 1, 0, false, false},
    {"one is nearer than none", {{USER_8, ELSEWHERE}, {USER_8}}, 2, 1, false, true},
    {"this user is nearer than any launcher", {{USER_8}, {USER_7, ELSEWHERE}}, 2, 1, true, false},
    {"this launcher is nearer than any user", {{ELSEWHERE}, {USER_8, HERE}}, 2, 1, false, true},
    {"the first of two that are equally near", {{USER_8, HERE}, {USER_7, ELSEWHERE}, {USER_8}}, 3, 0, false, true},
    {"the last", {{USER_8}, {USER_8, ELSEWHERE}, {USER_8, HERE}}, 3, 2, false, true},
    {"a rule with a mistake is none", {{.is_broken = true, USER_7, ELSEWHERE}, {USER_8}}, 2, 1, false, true},
    {"a rule for nobody", {{.for_nobody = true, HERE}}, 1, 0, false, true},
};

static void the_nearest_rule_is_named(void **state)
{
    static const char *const names[] = {"/sbin/ntpd", "/bin/sh", "/gone"};
    struct ck_rule rules[3];
    struct ck_miss miss;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(miss_rows); i++) {
        const struct miss_row *row = &miss_rows[i];

        memcpy(rules, row->rules, sizeof(rules));
        make_policy(rules, row->count);
        for (uint32_t j = 0; j < COUNT(names); j++)
            assert_int_equal(ck_policy_add_text(&policy, names[j], strlen(names[j]), &policy.rules[j].name), 0);
        ck_match_nearest(&policy, 7, &miss);
        print_message("%s\n", row->name);
        if (row->nearest < 0) {
            assert_null(miss.rule);
            continue;
        }
        const struct ck_rule *nearest = &rules[row->nearest];
        assert_string_equal(miss.rule, names[row->nearest]);
        assert_true(miss.has_user == row->has_user && miss.has_launcher == row->has_launcher);
        assert_true(miss.user_count == nearest->users.count && miss.launcher_count == nearest->launchers.count);
        if (!row->has_user && nearest->users.count > 0)
            assert_int_equal(miss.user, 8);
        if (!row->has_launcher)
            assert_string_equal(miss.launcher, "/gone");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_matches),
        cmocka_unit_test(rules_come_to),
        cmocka_unit_test(a_script_is_itself_and_each_of_its_interpreters),
        cmocka_unit_test(what_lies_behind_the_last_name_is_none),
        cmocka_unit_test(a_rule_without_program_is_for_every_program),
        cmocka_unit_test(launchers_are_told_apart),
        cmocka_unit_test(without_rules_nobody_is_a_launcher),
        cmocka_unit_test(what_is_guarded),
        cmocka_unit_test(the_nearest_rule_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
