/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capset: what it may do, and what goes along with what it lowers. */
#include <errno.h>

#include "../../model/capset_call.h"
#include "model_rows.h"

#define SETPCAP (UINT64_C(1) << 8)

struct row {
    const char *name;
    struct ck_capset before;
    struct ck_capset wanted;
    int result;
    struct ck_capset after;
    enum ck_kernel_rule rule;
    struct ck_capset lost;
};

static const struct row rows[] = {
    {"launcher-dropped: what the program lowers itself",
     {TIME | NET, TIME | NET, TIME, 0, ALL},
     {.permitted = NET, .effective = 0, .inheritable = 0},
     0,
     {NET, 0, 0, 0, ALL},
     CK_RULE_LAUNCHER_DROPPED,
     {TIME, TIME | NET, TIME, 0, 0}},
    {"ambient-follows-permitted: not permitted, not ambient",
     {TIME | NET, 0, TIME | NET, TIME | NET, ALL},
     {.permitted = NET, .inheritable = TIME | NET},
     0,
     {NET, 0, TIME | NET, NET, ALL},
     CK_RULE_AMBIENT_FOLLOWS_PERMITTED,
     {.ambient = TIME}},
    {"ambient-follows-inheritable: not inheritable, not ambient",
     {TIME | NET, 0, TIME | NET, TIME | NET, ALL},
     {.permitted = TIME | NET, .inheritable = NET},
     0,
     {TIME | NET, 0, NET, NET, ALL},
     CK_RULE_AMBIENT_FOLLOWS_INHERITABLE,
     {.ambient = TIME}},
    {"lowered in both: permitted is the rule",
     {TIME, 0, TIME, TIME, ALL},
     {.permitted = 0},
     0,
     {0, 0, 0, 0, ALL},
     CK_RULE_AMBIENT_FOLLOWS_PERMITTED,
     {.ambient = TIME}},
    {"permitted cannot grow", {NET, 0, 0, 0, ALL}, {.permitted = NET | TIME}, -EPERM, {0}, 0, {0}},
    {"effective stays within permitted", {NET, 0, 0, 0, ALL}, {.effective = NET}, -EPERM, {0}, 0, {0}},
    {"inheritable grows from permitted",
     {TIME, 0, NET, 0, ALL},
     {TIME, 0, NET | TIME, 0, 0},
     0,
     {TIME, 0, NET | TIME, 0, ALL},
     CK_RULE_LAUNCHER_DROPPED,
     {0}},
    {"inheritable beyond permitted takes CAP_SETPCAP", {NET, 0, 0, 0, ALL}, {NET, 0, TIME, 0, 0}, -EPERM, {0}, 0, {0}},
    {"inheritable beyond permitted with CAP_SETPCAP",
     {SETPCAP, SETPCAP, 0, 0, ALL},
     {SETPCAP, SETPCAP, TIME, 0, 0},
     0,
     {SETPCAP, SETPCAP, TIME, 0, ALL},
     CK_RULE_LAUNCHER_DROPPED,
     {0}},
    {"inheritable never grows beyond bounding",
     {TIME | SETPCAP, SETPCAP, 0, 0, NET},
     {TIME, 0, TIME, 0, 0},
     -EPERM,
     {0},
     0,
     {0}},
    {"capabilities that the kernel does not have are cut off",
     {TIME, 0, 0, 0, ALL},
     {TIME | ~ALL, ~ALL, ~ALL, 0, 0},
     0,
     {TIME, 0, 0, 0, ALL},
     CK_RULE_LAUNCHER_DROPPED,
     {0}},
};

static void run(void **state)
{
    const struct row *row = *state;
    struct ck_thread before = {.caps = row->before, .userns = &ck_userns_initial};
    struct ck_outcome outcome;

    assert_int_equal(ck_capset_call(&kernel_new, &before, &row->wanted, &outcome), row->result);
    if (row->result < 0)
        return;
    assert_capset(&outcome.after.caps, &row->after);
    assert_capset(&outcome.losses.by_rule[row->rule], &row->lost);
    assert_losses_add_up(&before, &outcome);
}

int main(void)
{
    struct CMUnitTest tests[ROWS(rows)];

    MAKE_TESTS(tests, rows, run);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
