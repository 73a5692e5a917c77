/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that bring a thread to what it is to have, each of them, in their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "../../shim/hot/apply.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))
#define SETPCAP BIT(CAP_SETPCAP)
#define ONE BIT(1)
#define TWO BIT(2)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ck_kernel kernel = {PROOF_LAST_CAP, true, true, true};

struct row {
    const char *name;
    struct ck_capset now;
    struct ck_goal goal;
    unsigned count;
    struct ck_made_call calls[6];
    unsigned refused_kinds; /* see proof.h */
    int result;
    struct ck_refused refused;
    struct ck_capset after; /* where it differs from the goal: something was refused */
};

static const struct row rows[] = {
    {.name = "nothing to do makes no call", {ONE, ONE, ONE, ONE, ONE}, {{ONE, ONE, ONE, ONE, 0}, 0, false}, .count = 0},
    {.name = "narrowed and raised",
     {ONE | TWO, 0, 0, 0, ONE},
     {{ONE, ONE, ONE, ONE, 0}, 0, false},
     2,
     {{CK_MADE_CAPSET, 0, {ONE, ONE, ONE, 0, 0}}, {CK_MADE_AMBIENT_RAISE, 1, {0}}}},
    {.name = "effective alone",
     {ONE, 0, 0, 0, 0},
     {{ONE, ONE, 0, 0, 0}, 0, false},
     1,
     {{CK_MADE_CAPSET, 0, {ONE, ONE, 0, 0, 0}}}},
    {.name = "inheritable alone",
     {ONE, 0, 0, 0, ONE},
     {{ONE, 0, ONE, 0, 0}, 0, false},
     1,
     {{CK_MADE_CAPSET, 0, {ONE, 0, ONE, 0, 0}}}},
    {.name = "ambient alone needs no capset, and goes by itself",
     {ONE | TWO, 0, ONE | TWO, TWO, 0},
     {{ONE | TWO, 0, ONE | TWO, ONE, 0}, 0, false},
     2,
     {{CK_MADE_AMBIENT_RAISE, 1, {0}}, {CK_MADE_AMBIENT_LOWER, 2, {0}}}},
    {.name = "what leaves inheritable has left ambient",
     {ONE | TWO, 0, ONE | TWO, ONE | TWO, 0},
     {{ONE | TWO, 0, ONE, ONE, 0}, 0, false},
     1,
     {{CK_MADE_CAPSET, 0, {ONE | TWO, 0, ONE, 0, 0}}}},
    {.name = "what leaves permitted has left ambient",
     {ONE | TWO, 0, ONE | TWO, ONE | TWO, 0},
     {{ONE, 0, ONE | TWO, ONE, 0}, 0, false},
     1,
     {{CK_MADE_CAPSET, 0, {ONE, 0, ONE | TWO, 0, 0}}}},
    {.name = "inheritable before it leaves the bounding set, CAP_SETPCAP no longer than it has to be",
     {ONE | TWO | SETPCAP, TWO, 0, 0, ONE | TWO},
     {{ONE, 0, ONE, ONE, 0}, ONE, true},
     5,
     {{CK_MADE_CAPSET, 0, {ONE | TWO | SETPCAP, TWO | SETPCAP, ONE, 0, 0}},
      {CK_MADE_BOUNDING_DROP, 1, {0}},
      {CK_MADE_NO_NEW_PRIVS, 1, {0}},
      {CK_MADE_CAPSET, 0, {ONE, 0, ONE, 0, 0}},
      {CK_MADE_AMBIENT_RAISE, 1, {0}}}},
    {.name = "sets that stay are put back after a drop",
     {SETPCAP, 0, 0, 0, ONE},
     {{SETPCAP, 0, 0, 0, 0}, ONE, false},
     3,
     {{CK_MADE_CAPSET, 0, {SETPCAP, SETPCAP, 0, 0, 0}},
      {CK_MADE_BOUNDING_DROP, 1, {0}},
      {CK_MADE_CAPSET, 0, {SETPCAP, 0, 0, 0, 0}}}},
    {.name = "no_new_privs alone",
     {ONE, 0, 0, 0, 0},
     {{ONE, 0, 0, 0, 0}, 0, true},
     1,
     {{CK_MADE_NO_NEW_PRIVS, 1, {0}}}},
    {.name = "a drop that is refused: CAP_SETPCAP goes, what has become inheritable stays",
     {ONE | SETPCAP, 0, 0, 0, ONE},
     {{ONE, 0, ONE, ONE, 0}, ONE, true},
     2,
     {{CK_MADE_CAPSET, 0, {ONE | SETPCAP, SETPCAP, ONE, 0, 0}}, {CK_MADE_CAPSET, 0, {ONE | SETPCAP, 0, ONE, 0, 0}}},
     .refused_kinds = 1U << PROOF_BOUNDING_DROP,
     .result = -EPERM,
     .refused = {CK_PART_HARDENING, 0},
     .after = {ONE | SETPCAP, 0, ONE, 0, 0}},
    {.name = "no_new_privs that is refused after a drop",
     {SETPCAP, 0, 0, 0, ONE},
     {{SETPCAP, 0, 0, 0, 0}, ONE, true},
     3,
     {{CK_MADE_CAPSET, 0, {SETPCAP, SETPCAP, 0, 0, 0}},
      {CK_MADE_BOUNDING_DROP, 1, {0}},
      {CK_MADE_CAPSET, 0, {SETPCAP, 0, 0, 0, 0}}},
     .refused_kinds = 1U << PROOF_NO_NEW_PRIVS,
     .result = -EPERM,
     .refused = {CK_PART_HARDENING, 0},
     .after = {SETPCAP, 0, 0, 0, 0}},
    {.name = "no_new_privs that is refused without a drop",
     {ONE, 0, 0, 0, 0},
     {{0, 0, 0, 0, 0}, 0, true},
     0,
     .refused_kinds = 1U << PROOF_NO_NEW_PRIVS,
     .result = -EPERM,
     .refused = {CK_PART_HARDENING, 0},
     .after = {ONE, 0, 0, 0, 0}},
    {.name = "capset that is refused: nothing after it",
     {ONE, 0, 0, 0, ONE},
     {{ONE, 0, ONE, ONE, 0}, 0, false},
     0,
     .refused_kinds = 1U << PROOF_CAPSET,
     .result = -EPERM,
     .refused = {CK_PART_SETS, 0},
     .after = {ONE, 0, 0, 0, 0}},
    {.name = "a raise that is refused: nothing is lowered, and it is named",
     {ONE | TWO, 0, ONE | TWO, ONE, 0},
     {{ONE | TWO, 0, ONE | TWO, TWO, 0}, 0, false},
     0,
     .refused_kinds = 1U << PROOF_AMBIENT_RAISE,
     .result = -EPERM,
     .refused = {CK_PART_RAISE, 2},
     .after = {ONE | TWO, 0, ONE | TWO, ONE, 0}},
    {.name = "a lowering that is refused",
     {ONE | TWO, 0, ONE | TWO, ONE, 0},
     {{ONE | TWO, 0, ONE | TWO, TWO, 0}, 0, false},
     1,
     {{CK_MADE_AMBIENT_RAISE, 2, {0}}},
     .refused_kinds = 1U << PROOF_AMBIENT_LOWER,
     .result = -EPERM,
     .refused = {CK_PART_LOWER, 1},
     .after = {ONE | TWO, 0, ONE | TWO, ONE | TWO, 0}},
};

static bool is_call(const struct ck_made_call *made, const struct ck_made_call *wanted)
{
    return made->kind == wanted->kind && made->arg == wanted->arg && made->caps.permitted == wanted->caps.permitted &&
           made->caps.effective == wanted->caps.effective && made->caps.inheritable == wanted->caps.inheritable;
}

static bool has_sets(const struct ck_capset *a, const struct ck_capset *b)
{
    return a->permitted == b->permitted && a->effective == b->effective && a->inheritable == b->inheritable &&
           a->ambient == b->ambient;
}

static void each_goal_takes_its_calls(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        struct ck_thread thread = {.uids = {7, 7, 7}, .caps = row->now, .userns = &ck_userns_initial};
        struct ck_made_calls made = {0};
        struct ck_refused refused = {0};
        struct proof_caller caller;

        proof_caller_init(&caller, &kernel, &thread);
        caller.model.made = &made;
        caller.refused_kinds = row->refused_kinds;
        bool is_right = ck_apply(&caller.caller, &row->now, &row->goal, &refused) == row->result;
        is_right &= made.count == row->count;
        for (unsigned j = 0; j < row->count && is_right; j++)
            is_right = is_call(&made.calls[j], &row->calls[j]);
        is_right &= has_sets(&thread.caps, row->result == 0 ? &row->goal.caps : &row->after);
        is_right &= row->result == 0 || (refused.part == row->refused.part && refused.cap == row->refused.cap);
        is_right &= row->result != 0 || (thread.caps.bounding == (row->now.bounding & ~row->goal.drop_mask) &&
                                         thread.no_new_privs == row->goal.no_new_privs);
        if (!is_right)
            fail_msg("%s: %u calls, P %#lx E %#lx I %#lx A %#lx, refused %d %u", row->name, made.count,
                     thread.caps.permitted, thread.caps.effective, thread.caps.inheritable, thread.caps.ambient,
                     refused.part, refused.cap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_goal_takes_its_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
