/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What setuid and its kin do to ids and sets, and by which rule. */
#include <errno.h>
#include <linux/securebits.h>

#include "../../model/uid_change.h"
#include "model_rows.h"

enum call { SETUID, SETREUID, SETRESUID, SETFSUID };

#define NONE CK_ID_NONE

static const struct ck_kernel kernel_old = {40, false, false, false};

struct row {
    const char *name;
    enum call call;
    uid_t args[3];
    struct ck_uids uids;
    uid_t fsuid;
    uint64_t caps; /* permitted; CAP_SYS_TIME is inheritable as well, and ambient where it is permitted */
    uint64_t effective;
    uint32_t securebits;
    int result;
    struct ck_uids after;
    uid_t after_fsuid;
    struct ck_capset left;
    enum ck_kernel_rule rule;
    struct ck_capset lost;
    bool old_kernel;
};

static const struct row rows[] = {
    {.name = "uid-change: leaving uid 0 clears permitted and effective",
     .call = SETUID,
     .args = {7},
     .caps = ALL,
     .effective = ALL,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.inheritable = TIME},
     .rule = CK_RULE_UID_CHANGE,
     .lost = {.permitted = ALL, .effective = ALL}},
    {.name = "uid-change-ambient: and always ambient, also with SECBIT_KEEP_CAPS",
     .call = SETRESUID,
     .args = {7, 7, 7},
     .caps = ALL,
     .effective = ALL,
     .securebits = SECBIT_KEEP_CAPS,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.permitted = ALL, .inheritable = TIME},
     .rule = CK_RULE_UID_CHANGE_AMBIENT,
     .lost = {.ambient = TIME}},
    {.name = "euid-change: with SECBIT_KEEP_CAPS effective goes with the effective uid",
     .call = SETRESUID,
     .args = {7, 7, 7},
     .caps = ALL,
     .effective = ALL,
     .securebits = SECBIT_KEEP_CAPS,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.permitted = ALL, .inheritable = TIME},
     .rule = CK_RULE_EUID_CHANGE,
     .lost = {.effective = ALL}},
    {.name = "euid-change: a temporary change takes effective alone",
     .call = SETRESUID,
     .args = {NONE, 7, NONE},
     .caps = ALL,
     .effective = ALL,
     .after = {0, 7, 0},
     .after_fsuid = 7,
     .left = {.permitted = ALL, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_EUID_CHANGE,
     .lost = {.effective = ALL}},
    {.name = "an effective uid that becomes 0 again makes all that is permitted effective",
     .call = SETRESUID,
     .args = {NONE, 0, NONE},
     .uids = {0, 7, 0},
     .fsuid = 7,
     .caps = ALL,
     .after = {0, 0, 0},
     .left = {.permitted = ALL, .effective = ALL, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_EUID_CHANGE},
    {.name = "with the effective uid already away from 0, SECBIT_KEEP_CAPS keeps effective too",
     .call = SETRESUID,
     .args = {7, 7, 7},
     .uids = {0, 7, 0},
     .fsuid = 7,
     .caps = ALL,
     .effective = TIME,
     .securebits = SECBIT_KEEP_CAPS,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.permitted = ALL, .effective = TIME, .inheritable = TIME},
     .rule = CK_RULE_EUID_CHANGE},
    {.name = "SECBIT_NO_SETUID_FIXUP: nothing is lost",
     .call = SETUID,
     .args = {7},
     .caps = ALL,
     .effective = ALL,
     .securebits = SECBIT_NO_SETUID_FIXUP,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.permitted = ALL, .effective = ALL, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_UID_CHANGE},
    {.name = "a change between users who are not root loses nothing",
     .call = SETREUID,
     .args = {8, 8},
     .uids = {7, 7, 7},
     .fsuid = 7,
     .caps = ALL,
     .effective = ALL,
     .after = {8, 8, 8},
     .after_fsuid = 8,
     .left = {.permitted = ALL, .effective = ALL, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_UID_CHANGE},
    {.name = "setuid without CAP_SETUID moves the effective uid alone",
     .call = SETUID,
     .args = {8},
     .uids = {7, 7, 8},
     .caps = TIME,
     .after = {7, 8, 8},
     .after_fsuid = 8,
     .left = {.permitted = TIME, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_UID_CHANGE},
    {.name = "setuid without CAP_SETUID to another's uid: EPERM",
     .call = SETUID,
     .args = {9},
     .uids = {7, 7, 8},
     .caps = TIME,
     .result = -EPERM},
    {.name = "setreuid: the saved uid follows where the real one is set",
     .call = SETREUID,
     .args = {7, NONE},
     .caps = ALL,
     .effective = ALL,
     .after = {7, 0, 0},
     .left = {.permitted = ALL, .effective = ALL, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_UID_CHANGE},
    {.name = "setreuid to the real uid leaves the saved one",
     .call = SETREUID,
     .args = {NONE, 7},
     .uids = {7, 8, 9},
     .fsuid = 8,
     .caps = TIME,
     .after = {7, 7, 9},
     .after_fsuid = 7,
     .left = {.permitted = TIME, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_UID_CHANGE},
    {.name = "setreuid may not make the saved uid the real one",
     .call = SETREUID,
     .args = {9, NONE},
     .uids = {7, 8, 9},
     .caps = TIME,
     .result = -EPERM},
    {.name = "setresuid to another's uid: EPERM",
     .call = SETRESUID,
     .args = {NONE, NONE, 5},
     .uids = {7, 8, 9},
     .result = -EPERM},
    {.name = "setuid to no uid: EINVAL",
     .call = SETUID,
     .args = {NONE},
     .caps = ALL,
     .effective = ALL,
     .result = -EINVAL},
    {.name = "Linux 6.3: a setresuid that changes nothing leaves fsuid",
     .call = SETRESUID,
     .args = {NONE, NONE, NONE},
     .uids = {7, 7, 7},
     .fsuid = 8,
     .after = {7, 7, 7},
     .after_fsuid = 8,
     .left = {.inheritable = TIME},
     .rule = CK_RULE_UID_CHANGE},
    {.name = "before Linux 6.3: fsuid follows a setresuid that changes nothing",
     .call = SETRESUID,
     .args = {NONE, NONE, NONE},
     .uids = {7, 7, 7},
     .fsuid = 8,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.inheritable = TIME},
     .rule = CK_RULE_UID_CHANGE,
     .old_kernel = true},
    {.name = "fsuid-change: away from 0, the capabilities over files go from effective",
     .call = SETFSUID,
     .args = {7},
     .caps = ALL,
     .effective = ALL,
     .after_fsuid = 7,
     .left = {.permitted = ALL, .effective = ALL & ~UINT64_C(0x10800021f), .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_FSUID_CHANGE,
     .lost = {.effective = 0x10800021f}},
    {.name = "fsuid back to 0: they come back from permitted",
     .call = SETFSUID,
     .args = {0},
     .fsuid = 7,
     .caps = TIME | 1,
     .effective = TIME,
     .left = {.permitted = TIME | 1, .effective = TIME | 1, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_FSUID_CHANGE},
    {.name = "setfsuid to another's uid without CAP_SETUID changes nothing",
     .call = SETFSUID,
     .args = {9},
     .uids = {7, 7, 7},
     .fsuid = 7,
     .caps = TIME,
     .after = {7, 7, 7},
     .after_fsuid = 7,
     .left = {.permitted = TIME, .inheritable = TIME, .ambient = TIME},
     .rule = CK_RULE_FSUID_CHANGE},
};

static int call(const struct row *row, const struct ck_thread *before, struct ck_outcome *outcome)
{
    const struct ck_kernel *kernel = row->old_kernel ? &kernel_old : &kernel_new;
    const uid_t *args = row->args;

    switch (row->call) {
    case SETUID:
        return ck_uid_change_setuid(before, args[0], outcome);
    case SETREUID:
        return ck_uid_change_setreuid(before, args[0], args[1], outcome);
    case SETRESUID:
        return ck_uid_change_setresuid(kernel, before, &(struct ck_uids){args[0], args[1], args[2]}, outcome);
    case SETFSUID:
        ck_uid_change_setfsuid(before, args[0], outcome);
        break;
    }
    return 0;
}

static void run(void **state)
{
    const struct row *row = *state;
    struct ck_thread before = {
        .uids = row->uids,
        .fsuid = row->fsuid,
        .caps = {.permitted = row->caps, .effective = row->effective, .inheritable = TIME, .ambient = row->caps & TIME},
        .securebits = row->securebits,
        .userns = &ck_userns_initial,
    };
    struct ck_outcome outcome;

    assert_int_equal(call(row, &before, &outcome), row->result);
    if (row->result < 0)
        return;
    assert_memory_equal(&outcome.after.uids, &row->after, sizeof(row->after));
    assert_int_equal(outcome.after.fsuid, row->after_fsuid);
    assert_capset(&outcome.after.caps, &row->left);
    assert_capset(&outcome.losses.by_rule[row->rule], &row->lost);
    assert_losses_add_up(&before, &outcome);
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows)];

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
