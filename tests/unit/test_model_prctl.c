/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of prctl that change capabilities, and why an ambient raise is refused. */
#include <errno.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "../../model/prctl.h"
#include "model_rows.h"

#define SETPCAP (UINT64_C(1) << 8)
#define EXEC_BITS (UINT64_C(1) << 8 | UINT64_C(1) << 9)

static const struct ck_kernel kernel_old = {40, false, false, false};

struct row {
    const char *name;
    int option;
    unsigned long args[4];
    struct ck_capset caps;
    uint32_t securebits;
    int result;
    struct ck_capset after;
    uint32_t after_securebits;
    enum ck_kernel_rule rule; /* of the loss, or of the refusal */
    struct ck_capset lost;
    bool old_kernel;
};

static const struct row rows[] = {
    {"bounding-dropped: inheritable, permitted and ambient keep it",
     PR_CAPBSET_DROP,
     {25},
     {SETPCAP | TIME, SETPCAP, TIME, TIME, ALL},
     0,
     0,
     {SETPCAP | TIME, SETPCAP, TIME, TIME, ALL & ~TIME},
     0,
     CK_RULE_BOUNDING_DROPPED,
     {.bounding = TIME},
     false},
    {"dropping from bounding takes CAP_SETPCAP in effective",
     PR_CAPBSET_DROP,
     {25},
     {SETPCAP, 0, 0, 0, ALL},
     0,
     -EPERM,
     {0},
     0,
     0,
     {0},
     false},
    {"dropping what the kernel does not have: EINVAL",
     PR_CAPBSET_DROP,
     {41},
     {SETPCAP, SETPCAP, 0, 0, ALL},
     0,
     -EINVAL,
     {0},
     0,
     0,
     {0},
     false},
    {"an ambient raise of what is permitted and inheritable",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_RAISE, 25},
     {TIME, 0, TIME, 0, 0},
     0,
     0,
     {TIME, 0, TIME, TIME, 0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"ambient-not-permitted",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_RAISE, 25},
     {NET, 0, TIME, 0, 0},
     SECBIT_NO_CAP_AMBIENT_RAISE,
     -EPERM,
     {0},
     0,
     CK_RULE_AMBIENT_NOT_PERMITTED,
     {0},
     false},
    {"ambient-not-inheritable",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_RAISE, 25},
     {TIME, 0, NET, 0, 0},
     SECBIT_NO_CAP_AMBIENT_RAISE,
     -EPERM,
     {0},
     0,
     CK_RULE_AMBIENT_NOT_INHERITABLE,
     {0},
     false},
    {"no-ambient-raise: SECBIT_NO_CAP_AMBIENT_RAISE",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_RAISE, 25},
     {TIME, 0, TIME, 0, 0},
     SECBIT_NO_CAP_AMBIENT_RAISE,
     -EPERM,
     {0},
     0,
     CK_RULE_NO_AMBIENT_RAISE,
     {0},
     false},
    {"launcher-dropped: lowered in ambient",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_LOWER, 25},
     {TIME | NET, 0, TIME | NET, TIME | NET, 0},
     0,
     0,
     {TIME | NET, 0, TIME | NET, NET, 0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {.ambient = TIME},
     false},
    {"launcher-dropped: ambient cleared",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_CLEAR_ALL},
     {TIME | NET, 0, TIME | NET, TIME | NET, 0},
     0,
     0,
     {TIME | NET, 0, TIME | NET, 0, 0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {.ambient = TIME | NET},
     false},
    {"asking whether a capability is ambient",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_IS_SET, 25},
     {TIME, 0, TIME, TIME, 0},
     0,
     1,
     {TIME, 0, TIME, TIME, 0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"arguments that PR_CAP_AMBIENT does not take: EINVAL",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_RAISE, 25, 1},
     {TIME, 0, TIME, 0, 0},
     0,
     -EINVAL,
     {0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"nor does clearing take a capability",
     PR_CAP_AMBIENT,
     {PR_CAP_AMBIENT_CLEAR_ALL, 25},
     {TIME, 0, TIME, TIME, 0},
     0,
     -EINVAL,
     {0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"the last capability that the kernel has",
     PR_CAPBSET_DROP,
     {40},
     {.effective = SETPCAP, .bounding = ALL},
     0,
     0,
     {.effective = SETPCAP, .bounding = ALL >> 1},
     0,
     CK_RULE_BOUNDING_DROPPED,
     {.bounding = UINT64_C(1) << 40},
     false},
    {"an ambient operation that there is not: EINVAL",
     PR_CAP_AMBIENT,
     {7, 25},
     {TIME, 0, TIME, 0, 0},
     0,
     -EINVAL,
     {0},
     0,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"keep-caps takes no privilege",
     PR_SET_KEEPCAPS,
     {1},
     {0},
     SECBIT_NOROOT,
     0,
     {0},
     SECBIT_NOROOT | SECBIT_KEEP_CAPS,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"keep-caps that is locked: EPERM",
     PR_SET_KEEPCAPS,
     {1},
     {0},
     SECBIT_KEEP_CAPS_LOCKED,
     -EPERM,
     {0},
     0,
     0,
     {0},
     false},
    {"keep-caps is 0 or 1", PR_SET_KEEPCAPS, {2}, {0}, 0, -EINVAL, {0}, 0, 0, {0}, false},
    {"securebits take CAP_SETPCAP", PR_SET_SECUREBITS, {SECBIT_NOROOT}, {0}, 0, -EPERM, {0}, 0, 0, {0}, false},
    {"securebits with CAP_SETPCAP",
     PR_SET_SECUREBITS,
     {SECBIT_NOROOT},
     {.effective = SETPCAP},
     0,
     0,
     {.effective = SETPCAP},
     SECBIT_NOROOT,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"a locked bit cannot be changed",
     PR_SET_SECUREBITS,
     {SECBIT_NOROOT | SECBIT_NOROOT_LOCKED},
     {.effective = SETPCAP},
     SECBIT_NOROOT_LOCKED,
     -EPERM,
     {0},
     0,
     0,
     {0},
     false},
    {"a lock cannot be taken off",
     PR_SET_SECUREBITS,
     {0},
     {.effective = SETPCAP},
     SECBIT_NOROOT_LOCKED,
     -EPERM,
     {0},
     0,
     0,
     {0},
     false},
    {"Linux 6.14: bits for interpreters take no privilege",
     PR_SET_SECUREBITS,
     {EXEC_BITS},
     {0},
     0,
     0,
     {0},
     EXEC_BITS,
     CK_RULE_LAUNCHER_DROPPED,
     {0},
     false},
    {"but a change of none takes it", PR_SET_SECUREBITS, {EXEC_BITS}, {0}, EXEC_BITS, -EPERM, {0}, 0, 0, {0}, false},
    {"before Linux 6.14 there are no such bits",
     PR_SET_SECUREBITS,
     {EXEC_BITS},
     {.effective = SETPCAP},
     0,
     -EPERM,
     {0},
     0,
     0,
     {0},
     true},
    {"no_new_privs with other arguments: EINVAL", PR_SET_NO_NEW_PRIVS, {1, 1}, {0}, 0, -EINVAL, {0}, 0, 0, {0}, false},
    {"an option that changes nothing of a thread", PR_GET_NAME, {0}, {0}, 0, -ENOSYS, {0}, 0, 0, {0}, false},
};

static void run(void **state)
{
    const struct row *row = *state;
    struct ck_thread before = {.caps = row->caps, .securebits = row->securebits, .userns = &ck_userns_initial};
    struct ck_outcome outcome;
    enum ck_kernel_rule rule = CK_RULE_LAUNCHER_DROPPED;

    assert_int_equal(
        ck_prctl_call(row->old_kernel ? &kernel_old : &kernel_new, &before, row->option, row->args, &outcome),
        row->result);
    if (row->option == PR_CAP_AMBIENT && row->args[0] == PR_CAP_AMBIENT_RAISE) {
        assert_int_equal(ck_prctl_refuses_raise(&before, 25, &rule), row->result == -EPERM);
        assert_int_equal(rule, row->rule);
    }
    if (row->result < 0)
        return;
    assert_capset(&outcome.after.caps, &row->after);
    assert_int_equal(outcome.after.securebits, row->after_securebits);
    assert_capset(&outcome.losses.by_rule[row->rule], &row->lost);
    assert_losses_add_up(&before, &outcome);
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows)];

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
