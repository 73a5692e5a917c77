/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program is left with, and the rule for what it is not. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>

#include "../../model/exec.h"
#include "model_rows.h"

/* The attribute as it stands on disk. CAP_NET_BIND_SERVICE is the 4 in the second byte of a word, CAP_NET_RAW is the
 * 0x20 there, CAP_SYS_TIME the 2 in the fourth. */
static const unsigned char no_caps[20] = {0, 0, 0, 2};
static const unsigned char net[20] = {0, 0, 0, 2, 0, 4};
static const unsigned char net_time[20] = {0, 0, 0, 2, 0, 4, 0, 2};
static const unsigned char inherit_net_raw[20] = {0, 0, 0, 2, [9] = 0x24};
static const unsigned char effective_net[20] = {1, 0, 0, 2, 0, 4};
static const unsigned char effective_net_time[20] = {1, 0, 0, 2, 0, 4, 0, 2};
static const unsigned char effective_both_net[20] = {1, 0, 0, 2, 0, 4, [9] = 4};
static const unsigned char effective_inherit_net[20] = {1, 0, 0, 2, [9] = 4};
static const unsigned char effective_net_of_9[24] = {1, 0, 0, 3, 0, 4, [20] = 9};

#define FILE_CAPS(bytes) .caps = (bytes), .caps_length = sizeof(bytes)

static const struct ck_kernel kernel_old = {40, false, false, false};
static const struct ck_id_range root_is_9[] = {{0, 9, 1}, {7, 7, 1}};
static const struct ck_userns child = {&ck_userns_initial, 0, {root_is_9, 2}, {root_is_9, 2}};

struct row {
    const char *name;
    struct ck_thread before; /* in the initial user namespace unless it says otherwise */
    struct ck_file file;
    int result;
    struct ck_capset after;
    bool secure;
    enum ck_kernel_rule rule;
    uint64_t reason; /* what of all capabilities the program lacks by this rule */
    struct ck_capset lost;
    bool old_kernel;
};

#define USER .uids = {7, 7, 7}, .fsuid = 7, .gids = {7, 7, 7}, .fsgid = 7
#define USER_WITH(p, i, a) USER, .caps = {(p), (p), (i), (a), ALL}

static const struct row rows[] = {
    {.name = "ambient goes on, into permitted and effective, and is not secure",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_NEVER_HELD,
     .reason = ~TIME},
    {.name = "exec-not-ambient: what is permitted only is lost",
     .before = {USER_WITH(TIME | NET, TIME | NET, TIME)},
     .after = {TIME, TIME, TIME | NET, TIME, ALL},
     .rule = CK_RULE_EXEC_NOT_AMBIENT,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "exec-file-caps: they clear ambient, even if they name nothing",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {FILE_CAPS(no_caps)},
     .after = {0, 0, TIME, 0, ALL},
     .rule = CK_RULE_EXEC_FILE_CAPS,
     .reason = TIME,
     .lost = {TIME, TIME, 0, TIME, 0}},
    {.name = "exec-setid: an effective uid that changes clears ambient",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {.mode = S_ISUID, .uid = 8},
     .after = {0, 0, TIME, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_SETID,
     .reason = TIME,
     .lost = {TIME, TIME, 0, TIME, 0}},
    {.name = "exec-file-caps is named where both have cleared ambient",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {.mode = S_ISUID, .uid = 8, FILE_CAPS(no_caps)},
     .after = {0, 0, TIME, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_FILE_CAPS,
     .reason = TIME,
     .lost = {TIME, TIME, 0, TIME, 0}},
    {.name = "set-group-ID to a supplementary group keeps ambient, but is secure",
     .before = {USER_WITH(TIME, TIME, TIME), .groups = (const gid_t[]){5, 8}, .group_count = 2},
     .file = {.mode = S_ISGID | S_IXGRP, .gid = 8},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_SETID},
    {.name = "the first of the supplementary groups counts as well",
     .before = {USER_WITH(TIME, TIME, TIME), .groups = (const gid_t[]){8, 5}, .group_count = 2},
     .file = {.mode = S_ISGID | S_IXGRP, .gid = 8},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_SETID},
    {.name = "exec-setid: a group that the thread is not in clears ambient",
     .before = {USER_WITH(TIME, TIME, TIME), .groups = (const gid_t[]){5, 6}, .group_count = 2},
     .file = {.mode = S_ISGID | S_IXGRP, .gid = 8},
     .after = {0, 0, TIME, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_SETID,
     .reason = TIME,
     .lost = {TIME, TIME, 0, TIME, 0}},
    {.name = "set-group-ID without the group's execute bit is nothing",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {.mode = S_ISGID, .gid = 8},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_SETID},
    {.name = "Linux 6.17: real and effective uids that differ do no harm",
     .before = {.uids = {6, 7, 7}, .caps = {TIME, TIME, TIME, TIME, ALL}},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_IDS_DIFFER},
    {.name = "exec-ids-differ: before, they clear ambient",
     .before = {.uids = {6, 7, 7}, .caps = {TIME, TIME, TIME, TIME, ALL}},
     .after = {0, 0, TIME, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_IDS_DIFFER,
     .reason = TIME,
     .lost = {TIME, TIME, 0, TIME, 0},
     .old_kernel = true},
    {.name = "exec-ids-differ: since, an effective gid that is not among the groups does",
     .before = {.uids = {7, 7, 7}, .gids = {7, 7, 7}, .fsgid = 5, .caps = {TIME, TIME, TIME, TIME, ALL}},
     .after = {0, 0, TIME, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_IDS_DIFFER,
     .reason = TIME,
     .lost = {TIME, TIME, 0, TIME, 0}},
    {.name = "file capabilities with the effective bit grant what is in bounding",
     .before = {USER_WITH(TIME, 0, 0)},
     .file = {FILE_CAPS(effective_net)},
     .after = {NET, NET, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_NOT_AMBIENT,
     .reason = TIME,
     .lost = {TIME, TIME, 0, 0, 0}},
    {.name = "exec-not-effective: without the effective bit they are permitted only",
     .before = {USER_WITH(NET, 0, 0)},
     .file = {FILE_CAPS(net)},
     .after = {NET, 0, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_NOT_EFFECTIVE,
     .lost = {0, NET, 0, 0, 0}},
    {.name = "exec-bounding: a file's capability that is not in bounding",
     .before = {USER, .caps = {.permitted = NET, .bounding = TIME}},
     .file = {FILE_CAPS(net_time)},
     .after = {TIME, 0, 0, 0, TIME},
     .secure = true,
     .rule = CK_RULE_EXEC_BOUNDING,
     .reason = NET,
     .lost = {NET, 0, 0, 0, 0}},
    {.name = "with the effective bit, the exec fails",
     .before = {USER, .caps = {.permitted = NET, .bounding = TIME}},
     .file = {FILE_CAPS(effective_net_time)},
     .result = -EPERM,
     .rule = CK_RULE_EXEC_BOUNDING,
     .reason = NET},
    {.name = "what bounding lacks may come from inheritable",
     .before = {USER, .caps = {.inheritable = NET, .bounding = TIME}},
     .file = {FILE_CAPS(effective_both_net)},
     .after = {NET, NET, NET, 0, TIME},
     .secure = true,
     .rule = CK_RULE_EXEC_BOUNDING},
    {.name = "exec-not-inheritable: the file's inheritable set asks for the thread's",
     .before = {USER_WITH(NET | RAW, RAW, 0)},
     .file = {FILE_CAPS(inherit_net_raw)},
     .after = {RAW, 0, RAW, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_NOT_INHERITABLE,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "a malformed attribute: the exec fails",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {.caps = "", .caps_length = 1},
     .result = -EINVAL},
    {.name = "on a nosuid mount it is not even read",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {.caps = "", .caps_length = 1, .nosuid = true},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_NOSUID},
    {.name = "exec-nosuid: file capabilities are not honoured, so ambient stays",
     .before = {USER_WITH(TIME | NET, TIME, TIME)},
     .file = {FILE_CAPS(effective_net), .nosuid = true},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_NOSUID,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "set-user-ID root grants bounding and inheritable",
     .before = {USER, .caps = {.inheritable = NET, .bounding = TIME}},
     .file = {.mode = S_ISUID},
     .after = {TIME | NET, TIME | NET, NET, 0, TIME},
     .secure = true,
     .rule = CK_RULE_EXEC_BOUNDING,
     .reason = ALL & ~(TIME | NET)},
    {.name = "exec-nnp: no_new_privs stops set-user-ID root, and ambient stays",
     .before = {USER_WITH(TIME | NET, TIME, TIME), .no_new_privs = true},
     .file = {.mode = S_ISUID},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_NNP,
     .reason = ALL & ~TIME,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "exec-nnp: it lets file capabilities give nothing that was not held",
     .before = {USER_WITH(TIME, 0, 0), .no_new_privs = true},
     .file = {FILE_CAPS(effective_net_time)},
     .after = {TIME, TIME, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_NNP,
     .reason = NET},
    {.name = "exec-shared-fs: nor does a shared root directory",
     .before = {USER_WITH(TIME, 0, 0), .shares_fs = true},
     .file = {FILE_CAPS(effective_net_time)},
     .after = {TIME, TIME, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_SHARED_FS,
     .reason = NET},
    {.name = "exec-traced: nor a tracer without CAP_SYS_PTRACE",
     .before = {USER_WITH(TIME, 0, 0), .traced = true},
     .file = {FILE_CAPS(effective_net_time)},
     .after = {TIME, TIME, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_TRACED,
     .reason = NET},
    {.name = "set-user-ID root with file capabilities grants a user these alone",
     .before = {USER_WITH(0, 0, 0)},
     .file = {.mode = S_ISUID, FILE_CAPS(net)},
     .after = {NET, 0, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_FILE_CAPS,
     .reason = ALL & ~NET},
    {.name = "exec-bounding: root has no more than bounding and inheritable",
     .before = {.caps = {TIME | NET, TIME | NET, 0, 0, TIME}},
     .after = {TIME, TIME, 0, 0, TIME},
     .rule = CK_RULE_EXEC_BOUNDING,
     .reason = ALL & ~TIME,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "exec-noroot: with SECBIT_NOROOT uid 0 is a user like others",
     .before = {.caps = {TIME | NET, TIME | NET, TIME, TIME, ALL}, .securebits = SECBIT_NOROOT},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_NOROOT,
     .reason = ALL & ~TIME,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "exec-not-effective: a real uid of 0 permits, but makes nothing effective",
     .before = {.uids = {0, 7, 7}, .caps = {TIME, TIME, 0, 0, TIME}},
     .after = {TIME, 0, 0, 0, TIME},
     .secure = true,
     .rule = CK_RULE_EXEC_NOT_EFFECTIVE,
     .lost = {0, TIME, 0, 0, 0}},
    {.name = "exec-script: a script's own file capabilities grant nothing, and harm nothing",
     .before = {USER_WITH(TIME | NET, TIME, TIME)},
     .file = {FILE_CAPS(effective_net), .interpreter = &(const struct ck_file){0}},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_SCRIPT,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "its interpreter's count, also through a second script",
     .before = {USER_WITH(0, 0, 0)},
     .file = {.interpreter = &(const struct ck_file){.interpreter = &(const struct ck_file){FILE_CAPS(effective_net)}}},
     .after = {NET, NET, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_NEVER_HELD,
     .reason = ~NET},
    {.name = "exec-userns: file capabilities of another user namespace are not honoured",
     .before = {USER_WITH(TIME | NET, TIME, TIME)},
     .file = {FILE_CAPS(effective_net_of_9)},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_USERNS,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "they are in that namespace",
     .before = {USER_WITH(0, 0, 0), .userns = &child},
     .file = {FILE_CAPS(effective_net_of_9)},
     .after = {NET, NET, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_USERNS},
    {.name = "exec-userns: set-user-ID root whose group is not mapped",
     .before = {USER_WITH(NET, 0, 0), .userns = &child},
     .file = {.mode = S_ISUID, .uid = 9, .gid = 1},
     .after = {0, 0, 0, 0, ALL},
     .rule = CK_RULE_EXEC_USERNS,
     .reason = ALL,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "a nosuid mount: set-user-ID is not honoured, so ambient stays",
     .before = {USER_WITH(TIME, TIME, TIME)},
     .file = {.mode = S_ISUID, .nosuid = true},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_NOSUID,
     .reason = ALL & ~TIME},
    {.name = "no rule of the file's is named for what it would not have granted anyway",
     .before = {USER_WITH(TIME | NET, TIME, TIME)},
     .file = {FILE_CAPS(effective_inherit_net), .nosuid = true},
     .after = {TIME, TIME, TIME, TIME, ALL},
     .rule = CK_RULE_EXEC_NOT_AMBIENT,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "exec-shared-fs is named before exec-traced",
     .before = {USER_WITH(TIME, 0, 0), .traced = true, .shares_fs = true},
     .file = {FILE_CAPS(effective_net_time)},
     .after = {TIME, TIME, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_SHARED_FS,
     .reason = NET},
    {.name = "where the real uid is 0, set-user-ID root has all, file capabilities or not",
     .before = {.uids = {0, 7, 7}, .caps = {.permitted = NET, .bounding = TIME}},
     .file = {.mode = S_ISUID, FILE_CAPS(no_caps)},
     .after = {TIME, TIME, 0, 0, TIME},
     .secure = true,
     .rule = CK_RULE_EXEC_BOUNDING,
     .reason = ALL & ~TIME,
     .lost = {NET, 0, 0, 0, 0}},
    {.name = "exec-noroot: for a real uid of 0 as well",
     .before = {.uids = {0, 7, 7}, .caps = {TIME, TIME, 0, 0, ALL}, .securebits = SECBIT_NOROOT},
     .after = {.bounding = ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_NOROOT,
     .reason = ALL,
     .lost = {TIME, TIME, 0, 0, 0}},
    {.name = "what the file names is answered for by the file, before uid 0 is asked",
     .before = {.caps = {NET | RAW, 0, 0, 0, TIME}, .securebits = SECBIT_NOROOT},
     .file = {FILE_CAPS(net)},
     .after = {.bounding = TIME},
     .rule = CK_RULE_EXEC_BOUNDING,
     .reason = NET,
     .lost = {NET, 0, 0, 0, 0}},
    {.name = "exec-script: the second script's, too",
     .before = {USER_WITH(NET, 0, 0)},
     .file = {.interpreter =
                  &(const struct ck_file){FILE_CAPS(effective_net), .interpreter = &(const struct ck_file){0}}},
     .after = {.bounding = ALL},
     .rule = CK_RULE_EXEC_SCRIPT,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "but not a script that is set-user-ID of somebody else, or only takes what is inheritable",
     .before = {USER_WITH(NET, 0, 0)},
     .file = {.mode = S_ISUID, .uid = 8, FILE_CAPS(effective_inherit_net), .interpreter = &(const struct ck_file){0}},
     .after = {.bounding = ALL},
     .rule = CK_RULE_EXEC_NOT_AMBIENT,
     .reason = NET,
     .lost = {NET, NET, 0, 0, 0}},
    {.name = "file capabilities of a namespace above count in those below",
     .before = {USER_WITH(0, 0, 0), .userns = &child},
     .file = {FILE_CAPS(effective_net)},
     .after = {NET, NET, 0, 0, ALL},
     .secure = true,
     .rule = CK_RULE_EXEC_USERNS},
    {.name = "never-held: the kernel has no such capability",
     .before = {.caps = {.bounding = ALL}},
     .after = {ALL, ALL, 0, 0, ALL},
     .rule = CK_RULE_NEVER_HELD,
     .reason = ~ALL},
};

static void check_reasons(const struct row *row, const struct ck_kernel *kernel, const struct ck_thread *before)
{
    struct ck_losses reasons;

    assert_int_equal(ck_exec_explain(kernel, before, &row->file, UINT64_MAX, &reasons), row->result);
    assert_true(reasons.by_rule[row->rule].permitted == row->reason);
    assert_true(reasons.by_rule[CK_RULE_EXEC_NOT_EFFECTIVE].effective ==
                (row->after.permitted & ~row->after.effective));
}

static void run(void **state)
{
    const struct row *row = *state;
    const struct ck_kernel *kernel = row->old_kernel ? &kernel_old : &kernel_new;
    struct ck_thread before = row->before;
    struct ck_outcome outcome;
    bool secure;

    if (before.userns == NULL)
        before.userns = &ck_userns_initial;
    assert_int_equal(ck_exec_call(kernel, &before, &row->file, &outcome, &secure), row->result);
    if (row->result == 0 || row->result == -EPERM)
        check_reasons(row, kernel, &before);
    if (row->result < 0)
        return;
    assert_capset(&outcome.after.caps, &row->after);
    assert_int_equal(secure, row->secure);
    assert_capset(&outcome.losses.by_rule[row->rule], &row->lost);
    assert_losses_add_up(&before, &outcome);
}

static void an_exec_settles_ids_and_keep_caps(void **state)
{
    const struct ck_thread before = {.uids = {7, 8, 9},
                                     .fsuid = 6,
                                     .gids = {5, 4, 3},
                                     .fsgid = 2,
                                     .securebits = SECBIT_KEEP_CAPS | SECBIT_NOROOT,
                                     .userns = &ck_userns_initial,
                                     .threaded = true};
    const struct ck_file file = {.mode = S_ISUID, .uid = 1};
    struct ck_outcome outcome;
    bool secure;

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_exec_call(&kernel_new, &before, &file, &outcome, &secure), 0);
    assert_memory_equal(&outcome.after.uids, (&(struct ck_uids){7, 1, 1}), sizeof(struct ck_uids));
    assert_memory_equal(&outcome.after.gids, (&(struct ck_gids){5, 4, 4}), sizeof(struct ck_gids));
    assert_int_equal(outcome.after.fsuid, 1);
    assert_int_equal(outcome.after.fsgid, 4);
    assert_int_equal(outcome.after.securebits, SECBIT_NOROOT);
    assert_false(outcome.after.threaded);
}

static void an_unsafe_exec_changes_no_id_without_cap_setuid(void **state)
{
    struct ck_thread before = {.uids = {7, 7, 7}, .gids = {5, 5, 5}, .shares_fs = true, .userns = &ck_userns_initial};
    const struct ck_file file = {.mode = S_ISUID | S_ISGID | S_IXGRP, .uid = 8, .gid = 8};
    struct ck_outcome outcome;
    bool secure;

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_exec_call(&kernel_new, &before, &file, &outcome, &secure), 0);
    assert_int_equal(outcome.after.uids.effective, 7);
    assert_int_equal(outcome.after.gids.effective, 5);
    assert_true(secure);
    before.caps.effective = UINT64_C(1) << CAP_SETUID;
    assert_int_equal(ck_exec_call(&kernel_new, &before, &file, &outcome, &secure), 0);
    assert_int_equal(outcome.after.uids.effective, 8);
    assert_int_equal(outcome.after.gids.effective, 8);
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows) + 2] = {
        [ROWS(rows)] = cmocka_unit_test(an_exec_settles_ids_and_keep_caps),
        [ROWS(rows) + 1] = cmocka_unit_test(an_unsafe_exec_changes_no_id_without_cap_setuid),
    };

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
