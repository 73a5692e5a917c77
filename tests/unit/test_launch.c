/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Launches, worked out: what the program has, and for what is missing the reason. */
#include <errno.h>
#include <linux/securebits.h>
#include <stdlib.h>

#include "../../cli/explain/launch.h"
#include "model_rows.h"

#define KILL (UINT64_C(1) << 5)
#define SETUID (UINT64_C(1) << 7)
#define SETPCAP (UINT64_C(1) << 8)

#define REASON(name) ((unsigned)CK_LOST_##name)
#define RULE(name) (CK_REASON_COUNT + (unsigned)CK_RULE_##name)

#define ROOT .from = {.caps = {ALL, ALL, 0, 0, ALL}}
#define ROOT_WITH(p, i, a, b) .from = {.caps = {(p), (p), (i), (a), (b)}}

static const unsigned char effective_net[20] = {1, 0, 0, 2, 0, 4};
static const unsigned char effective_time[20] = {1, 0, 0, 2, 0, 0, 0, 2};
static const struct ck_file plain;
static const struct ck_file with_net = {.caps = effective_net, .caps_length = sizeof(effective_net)};
static const struct ck_file with_time = {.caps = effective_time, .caps_length = sizeof(effective_time)};
static const struct ck_file set_user_id = {.mode = S_ISUID, .uid = 8};
static const struct ck_file set_group_id = {.mode = S_ISGID | S_IXGRP, .gid = 9};
static const struct ck_file nosuid_caps = {.nosuid = true, .caps = effective_net, .caps_length = sizeof(effective_net)};
static const struct ck_file set_id_script = {.mode = S_ISUID, .uid = 8, .interpreter = &plain};

/* Stands for 0 where 0 means that nothing is said. */
#define ROOT_UID UINT32_MAX

struct row {
    const char *name;
    struct ck_thread from; /* in the initial user namespace */
    struct ck_rule rules[2];
    uint32_t rule_count;
    const char *program_of_rule; /* Program= of the first rule */
    uid_t user_of_rule;          /* User= of the first rule, unless it is 0; ROOT_UID for root */
    bool out_of_reach;
    bool is_static; /* the program */
    const struct ck_file *launcher;
    const struct ck_file *file;
    uid_t uid; /* ROOT_UID for root; else 7 */

    enum ck_launch_end end;
    int error;
    struct ck_capset after; /* of a program that starts */
    bool no_new_privs;
    bool secure;
    uint64_t missing;
    unsigned why;
    uint64_t reason; /* what stands there, in any set */
    bool unhardened;
};

static const struct row rows[] = {
    {.name = "C1 what a rule keeps arrives, and nothing else",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {TIME, TIME, TIME, TIME, ALL}},
    {.name = "two rules count together",
     ROOT,
     .rules = {{.ambient_mask = TIME}, {.ambient_mask = NET, .inheritable_mask = RAW}},
     .rule_count = 2,
     .after = {TIME | NET, TIME | NET, TIME | NET | RAW, TIME | NET, ALL}},
    {.name = "without a policy all that the launcher is permitted is lost by uid-change",
     ROOT,
     .after = {.bounding = ALL},
     .missing = ALL,
     .why = RULE(UID_CHANGE),
     .reason = ALL},
    {.name = "and what was ambient by uid-change-ambient",
     ROOT_WITH(ALL, TIME, TIME, ALL),
     .after = {.inheritable = TIME, .bounding = ALL},
     .missing = ALL,
     .why = RULE(UID_CHANGE_AMBIENT),
     .reason = TIME},
    {.name = "out of reach: the same, of what the policy wants",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .out_of_reach = true,
     .after = {.bounding = ALL},
     .missing = TIME,
     .why = RULE(UID_CHANGE),
     .reason = TIME},
    {.name = "C5 a rule for another user",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .user_of_rule = 9,
     .after = {.bounding = ALL},
     .missing = TIME,
     .why = RULE(UID_CHANGE),
     .reason = TIME},
    {.name = "C2 what is kept for another program is lost at the exec",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .program_of_rule = "/other",
     .after = {.bounding = ALL},
     .missing = TIME,
     .why = RULE(EXEC_NOT_AMBIENT),
     .reason = TIME},
    {.name = "C2 what waits for this program arrives",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .program_of_rule = "/program",
     .after = {TIME, TIME, TIME, TIME, ALL}},
    {.name = "C6 not permitted",
     ROOT_WITH(ALL & ~TIME, 0, 0, ALL & ~TIME),
     .rules = {{.ambient_mask = TIME | NET}},
     .rule_count = 1,
     .after = {NET, NET, NET, NET, ALL & ~TIME},
     .missing = TIME,
     .why = REASON(NOT_PERMITTED),
     .reason = TIME},
    {.name = "C6 the launcher gains by its exec what root has in bounding",
     ROOT_WITH(SETUID, 0, 0, ALL),
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {TIME, TIME, TIME, TIME, ALL}},
    {.name = "C6 SECBIT_NO_CAP_AMBIENT_RAISE",
     .from = {.caps = {ALL, ALL, 0, 0, ALL}, .securebits = SECBIT_NO_CAP_AMBIENT_RAISE},
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {.bounding = ALL},
     .missing = TIME,
     .why = REASON(NO_AMBIENT_RAISE),
     .reason = TIME},
    {.name = "C6 SECBIT_KEEP_CAPS is locked",
     .from = {.caps = {ALL, ALL, 0, 0, ALL}, .securebits = SECBIT_KEEP_CAPS_LOCKED},
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {.bounding = ALL},
     .missing = TIME,
     .why = REASON(KEEP_CAPS),
     .reason = TIME},
    {.name = "C1 SECBIT_NO_SETUID_FIXUP: the launcher keeps all, the program gets what is ambient",
     .from = {.caps = {ALL, ALL, 0, 0, ALL}, .securebits = SECBIT_NO_SETUID_FIXUP},
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {TIME, TIME, TIME, TIME, ALL}},
    {.name = "C3 bounding set and no_new_privs",
     ROOT,
     .rules = {{.ambient_mask = TIME, .has_bounding = true, .bounding_mask = TIME | NET, .no_new_privs = true}},
     .rule_count = 1,
     .after = {TIME, TIME, TIME, TIME, TIME | NET},
     .no_new_privs = true},
    {.name = "C3 without CAP_SETPCAP there is no bounding set to be had",
     ROOT_WITH(ALL & ~SETPCAP, 0, 0, ALL & ~SETPCAP),
     .rules = {{.ambient_mask = TIME, .has_bounding = true, .bounding_mask = TIME}},
     .rule_count = 1,
     .after = {TIME, TIME, TIME, TIME, ALL & ~SETPCAP},
     .unhardened = true},
    {.name = "C6 and OnFailure=refuse keeps nothing then, and does not execute",
     ROOT_WITH(ALL & ~SETPCAP, 0, 0, ALL & ~SETPCAP),
     .rules = {{.ambient_mask = TIME, .has_bounding = true, .bounding_mask = TIME, .refuse = true}},
     .rule_count = 1,
     .end = CK_LAUNCH_REFUSED,
     .error = EPERM,
     .missing = TIME,
     .why = REASON(HARDENING),
     .reason = TIME,
     .unhardened = true},
    {.name = "C6 OnFailure=refuse where something is not permitted",
     ROOT_WITH(ALL & ~TIME, 0, 0, ALL & ~TIME),
     .rules = {{.ambient_mask = TIME | NET, .refuse = true}},
     .rule_count = 1,
     .end = CK_LAUNCH_REFUSED,
     .error = EPERM,
     .missing = TIME | NET,
     .why = REASON(NOT_PERMITTED),
     .reason = TIME},
    {.name = "C6 file capabilities clear ambient, and the kernel's rule is named",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .file = &with_net,
     .after = {NET, NET, TIME, 0, ALL},
     .secure = true,
     .missing = TIME,
     .why = RULE(EXEC_FILE_CAPS),
     .reason = TIME},
    {.name = "C6 the same for what waits for this program",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .program_of_rule = "/program",
     .file = &with_net,
     .after = {NET, NET, 0, 0, ALL},
     .secure = true,
     .missing = TIME,
     .why = RULE(EXEC_FILE_CAPS),
     .reason = TIME},
    {.name = "what the file gives arrives, by whatever way",
     ROOT,
     .rules = {{.ambient_mask = NET}},
     .rule_count = 1,
     .file = &with_net,
     .after = {NET, NET, NET, 0, ALL},
     .secure = true},
    {.name = "C6 set-user-ID",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .file = &set_user_id,
     .after = {0, 0, TIME, 0, ALL},
     .secure = true,
     .missing = TIME,
     .why = RULE(EXEC_SETID),
     .reason = TIME},
    {.name = "C6 set-group-ID of a group that the program is not in, of what waits for it",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .program_of_rule = "/program",
     .file = &set_group_id,
     .after = {.bounding = ALL},
     .secure = true,
     .missing = TIME,
     .why = RULE(EXEC_SETID),
     .reason = TIME},
    {.name = "on a nosuid mount file capabilities are nothing, and what waits for the program arrives",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .program_of_rule = "/program",
     .file = &nosuid_caps,
     .after = {TIME, TIME, TIME, TIME, ALL}},
    {.name = "nor are the set-ID bits of a script",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .program_of_rule = "/program",
     .file = &set_id_script,
     .after = {TIME, TIME, TIME, TIME, ALL}},
    {.name = "no_new_privs of the rule: set-user-ID is nothing, and what waits for the program arrives",
     ROOT,
     .rules = {{.ambient_mask = TIME, .no_new_privs = true}},
     .rule_count = 1,
     .program_of_rule = "/program",
     .file = &set_user_id,
     .after = {TIME, TIME, TIME, TIME, ALL},
     .no_new_privs = true},
    {.name = "no_new_privs of the rule: set-user-ID is nothing, and it arrives",
     ROOT,
     .rules = {{.ambient_mask = TIME, .no_new_privs = true}},
     .rule_count = 1,
     .file = &set_user_id,
     .after = {TIME, TIME, TIME, TIME, ALL},
     .no_new_privs = true},
    {.name = "a file whose capabilities are not all to be had does not start",
     ROOT_WITH(ALL & ~TIME, 0, 0, ALL & ~TIME),
     .rules = {{.ambient_mask = NET}},
     .rule_count = 1,
     .file = &with_time,
     .end = CK_LAUNCH_NO_EXEC,
     .error = EPERM,
     .missing = NET},
    {.name = "nor does such a launcher",
     ROOT_WITH(ALL & ~TIME, 0, 0, ALL & ~TIME),
     .rules = {{.ambient_mask = NET}},
     .rule_count = 1,
     .launcher = &with_time,
     .end = CK_LAUNCH_NO_LAUNCHER,
     .error = EPERM,
     .missing = NET},
    {.name = "Descendants=no: the program has it, and passes it on to nobody",
     ROOT,
     .rules = {{.ambient_mask = TIME, .no_descendants = true}},
     .rule_count = 1,
     .after = {TIME, TIME, 0, 0, ALL}},
    {.name = "Descendants=no and a static program: it passes it on",
     ROOT,
     .rules = {{.ambient_mask = TIME, .no_descendants = true}},
     .rule_count = 1,
     .is_static = true,
     .after = {TIME, TIME, TIME, TIME, ALL},
     .unhardened = true},
    {.name = "a launcher that is no root keeps nothing by the library: it cannot even change its user",
     .from = {.uids = {5, 5, 5}, .fsuid = 5, .caps = {.bounding = ALL}},
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .end = CK_LAUNCH_NO_CHANGE,
     .error = EPERM,
     .missing = TIME},
    {.name = "one with CAP_SETUID in ambient can, and what is ambient stays so",
     .from = {.uids = {5, 5, 5}, .fsuid = 5, .caps = {SETUID | KILL, SETUID | KILL, SETUID | KILL, SETUID, ALL}},
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {SETUID, SETUID, SETUID | KILL, SETUID, ALL},
     .missing = TIME,
     .why = RULE(NEVER_HELD),
     .reason = TIME},
    {.name = "a program that stays root's has all",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .uid = ROOT_UID,
     .after = {ALL, ALL, 0, 0, ALL}},
    {.name = "also where a rule is for root: there the library does nothing",
     ROOT,
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .user_of_rule = ROOT_UID,
     .uid = ROOT_UID,
     .after = {ALL, ALL, 0, 0, ALL}},
    {.name = "a launcher of uid 0 that is permitted nothing is none that the library would do anything in",
     .from = {.uids = {7, 0, 0}, .caps = {.bounding = ALL}, .securebits = SECBIT_NOROOT},
     .rules = {{.ambient_mask = TIME}},
     .rule_count = 1,
     .after = {.bounding = ALL},
     .missing = TIME,
     .why = RULE(NEVER_HELD),
     .reason = TIME},
    {.name = "inheritable alone, but not in bounding",
     ROOT_WITH(ALL, RAW, 0, ALL & ~NET),
     .rules = {{.ambient_mask = TIME, .inheritable_mask = NET | RAW}},
     .rule_count = 1,
     .after = {TIME, TIME, TIME | RAW, TIME, ALL & ~NET},
     .missing = NET,
     .why = REASON(NOT_PERMITTED),
     .reason = NET},
};

/* The policy is large, and so one for all rows. */
static struct ck_policy policy;

static void make_policy(const struct row *row)
{
    static const char text[] = "rule";
    uint32_t offset = 0;

    memset(&policy, 0, sizeof(policy));
    policy.rule_count = row->rule_count;
    memcpy(policy.rules, row->rules, sizeof(row->rules));
    assert_int_equal(ck_policy_add_text(&policy, text, sizeof(text) - 1, &offset), 0);
    if (row->program_of_rule != NULL) {
        assert_int_equal(
            ck_policy_add_text(&policy, row->program_of_rule, strlen(row->program_of_rule), &policy.paths[0].text), 0);
        policy.paths[0].resolved = policy.paths[0].text;
        policy.path_count = 1;
        policy.rules[0].programs = (struct ck_range){0, 1};
    }
    if (row->user_of_rule != 0) {
        policy.uids[0] = row->user_of_rule == ROOT_UID ? 0 : row->user_of_rule;
        policy.uid_count = 1;
        policy.rules[0].users = (struct ck_range){0, 1};
    }
}

/* Everything that is missing stands somewhere, but for what never got so far as to be lost. */
static void assert_answered(const struct row *row, const struct ck_prediction *prediction)
{
    uint64_t answered_mask = 0;

    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        const struct ck_capset *lost = &prediction->lost[why];
        uint64_t mask = lost->permitted | lost->effective | lost->inheritable | lost->ambient;
        answered_mask |= mask;
        if (why == row->why && row->reason != 0)
            assert_true(mask == row->reason);
    }
    assert_true((answered_mask & ~row->missing) == 0);
    if (row->end == CK_LAUNCH_STARTED)
        assert_true(answered_mask == row->missing);
}

static void run(void **state)
{
    static const gid_t group = 8; /* a supplementary one */
    const struct row *row = *state;
    const struct ck_program program = {.count = 1, .names = {{.text = "/program", .resolved = "/program"}}};
    const struct ck_file_facts facts = {.has_elf = true,
                                        .elf = {.is_64 = true, .is_native = true, .is_dynamic = !row->is_static}};
    const struct ck_account account = {
        .uid = row->uid == ROOT_UID ? 0 : 7, .has_groups = true, .gid = 7, .groups = &group, .group_count = 1};
    struct ck_thread from = row->from;
    struct ck_prediction prediction;

    make_policy(row);
    from.userns = &ck_userns_initial;
    ck_launch_predict(
        &(struct ck_launch){
            .kernel = &kernel_new,
            .from = &from,
            .launcher = row->launcher,
            .is_served = !row->out_of_reach,
            .account = &account,
            .policy = &policy,
            .program = &program,
            .file = row->file != NULL ? row->file : &plain,
            .facts = &facts,
        },
        &prediction);
    assert_int_equal(prediction.end, row->end);
    assert_int_equal(prediction.error, row->error);
    assert_true((prediction.missing_mask | prediction.missing_inheritable_mask) == row->missing);
    assert_int_equal(prediction.is_unhardened, row->unhardened);
    assert_answered(row, &prediction);
    if (row->end != CK_LAUNCH_STARTED)
        return;
    assert_capset(&prediction.after.caps, &row->after);
    assert_int_equal(prediction.after.no_new_privs, row->no_new_privs);
    assert_int_equal(prediction.is_secure, row->secure);
    assert_int_equal(prediction.after.uids.real, account.uid);
    assert_int_equal(prediction.after.gids.real, 7);
}

/* The calls at the change are the library's own. */
static void the_calls_are_those_of_the_library(void **state)
{
    const struct row *row = &rows[0];
    const struct ck_program program = {.count = 1, .names = {{.text = "/program", .resolved = "/program"}}};
    const struct ck_file_facts facts = {0};
    const struct ck_account account = {.uid = 7};
    struct ck_thread from = row->from;
    struct ck_prediction prediction;

    (void)state; /* cmocka's signature */
    make_policy(row);
    from.userns = &ck_userns_initial;
    ck_launch_predict(&(struct ck_launch){.kernel = &kernel_new,
                                          .from = &from,
                                          .is_served = true,
                                          .account = &account,
                                          .policy = &policy,
                                          .program = &program,
                                          .file = &plain,
                                          .facts = &facts},
                      &prediction);
    assert_true(prediction.change.is_done && prediction.exec.is_done);
    const struct ck_made_call *calls = prediction.change.made.calls;
    assert_int_equal(prediction.change.made.count, 5);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(calls[i].kind, CK_MADE_KEEP_CAPS);
        assert_int_equal(calls[i].arg, i == 1); /* tried, set, taken back */
    }
    assert_int_equal(calls[3].kind, CK_MADE_CAPSET);
    assert_int_equal(calls[4].kind, CK_MADE_AMBIENT_RAISE);
    assert_int_equal(prediction.exec.made.count, 0);
    assert_int_equal(prediction.after.gids.real, 0); /* an account without groups leaves them alone */
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows) + 1] = {
        [ROWS(rows)] = cmocka_unit_test(the_calls_are_those_of_the_library),
    };

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
