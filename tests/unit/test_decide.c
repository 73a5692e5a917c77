/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a thread is to have, compared as values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../shim/core/decide.h"

#define TIME (UINT64_C(1) << 25)
#define NET (UINT64_C(1) << 10)
#define RAW (UINT64_C(1) << 13)

static const struct ck_keep keep_time = {
    .keep_mask = TIME, .ambient_mask = TIME, .inherited_mask = TIME, .refuse_mask = TIME, .bounding_mask = UINT64_MAX};
static const struct ck_file_facts nothing_special = {.is_unseen = false};
static const struct ck_exec_facts plain = {.file = &nothing_special, .last_cap = 40};

static struct ck_creds creds(uid_t uid, uint64_t permitted, uint32_t securebits)
{
    return (struct ck_creds){
        .uids = {uid, uid, uid},
        .caps = {.permitted = permitted, .effective = uid == 0 ? permitted : 0, .bounding = UINT64_MAX},
        .securebits = securebits,
    };
}

static void c1_a_change_narrows_to_k_and_raises_it(void **state)
{
    struct ck_creds before = creds(0, TIME | RAW, 0);
    struct ck_creds now = creds(7, TIME | RAW, SECBIT_KEEP_CAPS);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_change(&keep_time, &before, &now, 40, &goal, &verdict);
    assert_true(goal.caps.permitted == TIME && goal.caps.effective == TIME);
    assert_true(goal.caps.inheritable == TIME && goal.caps.ambient == TIME);
    assert_true(goal.drop_mask == 0 && !goal.no_new_privs);
}

static void c1_a_launcher_with_keep_caps_of_its_own_keeps_its_permitted(void **state)
{
    struct ck_creds before = creds(0, TIME | RAW, SECBIT_KEEP_CAPS);
    struct ck_creds now = creds(7, TIME | RAW, SECBIT_KEEP_CAPS);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_change(&keep_time, &before, &now, 40, &goal, &verdict);
    assert_true(goal.caps.permitted == (TIME | RAW) && goal.caps.effective == 0);
    assert_true(goal.caps.inheritable == TIME && goal.caps.ambient == TIME);
}

static void c7_what_was_not_permitted_is_lost_and_said(void **state)
{
    struct ck_creds before = creds(0, RAW, 0);
    struct ck_creds now = creds(7, RAW, SECBIT_KEEP_CAPS);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_change(&keep_time, &before, &now, 40, &goal, &verdict);
    assert_true(goal.caps.permitted == 0 && goal.caps.ambient == 0);
    assert_true(verdict.lost[CK_LOST_NOT_PERMITTED] == TIME);
}

static void c6_no_ambient_raise_is_a_reason(void **state)
{
    struct ck_creds before = creds(0, TIME, SECBIT_NO_CAP_AMBIENT_RAISE);
    struct ck_creds now = creds(7, TIME, SECBIT_NO_CAP_AMBIENT_RAISE);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_change(&keep_time, &before, &now, 40, &goal, &verdict);
    assert_true(verdict.lost[CK_LOST_NO_AMBIENT_RAISE] == TIME && verdict.kept_mask == 0);
}

static void c2_an_exec_raises_from_permitted_and_can_undo_it(void **state)
{
    struct ck_creds now = creds(7, TIME, 0);
    struct ck_creds prepared = now;
    struct ck_goal goal;
    struct ck_goal undo;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_exec(&keep_time, &now, &plain, &goal, &verdict);
    assert_true(goal.caps.inheritable == TIME && goal.caps.ambient == TIME && goal.caps.effective == 0);
    prepared.caps = goal.caps;
    assert_true(ck_decide_undo(&now.caps, &goal.caps, &prepared, &undo));
    assert_memory_equal(&undo.caps, &now.caps, sizeof(now.caps));
}

static void c2_what_is_kept_for_another_program_is_lowered_and_raised_again(void **state)
{
    const struct ck_keep keep = {.keep_mask = TIME, .other_mask = TIME, .bounding_mask = UINT64_MAX};
    struct ck_creds now = creds(7, TIME | RAW, 0);
    struct ck_creds prepared = now;
    struct ck_goal goal;
    struct ck_goal undo;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    now.caps.inheritable = now.caps.ambient = TIME | RAW;
    ck_decide_exec(&keep, &now, &plain, &goal, &verdict);
    assert_true(goal.caps.inheritable == RAW && goal.caps.ambient == RAW && goal.caps.permitted == (TIME | RAW));
    prepared.caps = goal.caps;
    assert_true(ck_decide_undo(&now.caps, &goal.caps, &prepared, &undo));
    assert_memory_equal(&undo.caps, &now.caps, sizeof(now.caps));
    /* What somebody else has changed meanwhile stays as that has left it. */
    prepared.caps.permitted = prepared.caps.effective = TIME;
    assert_true(ck_decide_undo(&now.caps, &goal.caps, &prepared, &undo));
    assert_true(undo.caps.permitted == TIME && undo.caps.effective == TIME && undo.caps.ambient == (TIME | RAW));
}

static void c2_what_descendants_must_not_have_needs_a_program_that_takes_the_library(void **state)
{
    struct ck_keep keep = keep_time;
    struct ck_creds now = creds(7, TIME, 0);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    keep.inherited_mask = 0;
    ck_decide_exec(&keep, &now,
                   &(struct ck_exec_facts){.file = &nothing_special, .takes_library = true, .last_cap = 40}, &goal,
                   &verdict);
    assert_true(verdict.kept_mask == TIME && verdict.lower_mask == TIME && !verdict.unhardened);
    ck_decide_exec(&keep, &now, &plain, &goal, &verdict);
    assert_true(verdict.kept_mask == 0 && verdict.lost[CK_LOST_HARDENING] == TIME && verdict.unhardened);
    keep.refuse_mask = 0;
    ck_decide_exec(&keep, &now, &plain, &goal, &verdict);
    assert_true(verdict.kept_mask == TIME && verdict.lower_mask == 0 && verdict.unhardened);
}

static void c3_what_leaves_the_bounding_set_is_inheritable_before(void **state)
{
    struct ck_keep keep = keep_time;
    struct ck_creds before = creds(0, UINT64_MAX, 0);
    struct ck_creds now = creds(7, UINT64_MAX, SECBIT_KEEP_CAPS);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    keep.bounding_mask = RAW;
    ck_decide_change(&keep, &before, &now, 40, &goal, &verdict);
    assert_true((goal.caps.inheritable & TIME) != 0);
    assert_true((goal.drop_mask & TIME) != 0 && (goal.drop_mask & RAW) == 0);
    assert_true(verdict.kept_mask == TIME);
}

/* Capabilities that the kernel does not know are not dropped, and the highest that there can be is. */
static void c3_all_that_the_kernel_knows_leaves_the_bounding_set(void **state)
{
    const struct ck_keep keep = {.bounding_mask = 0};
    const unsigned last_caps[] = {40, 62, 63};
    struct ck_creds root = creds(0, UINT64_MAX, 0);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(last_caps) / sizeof(last_caps[0]); i++) {
        ck_decide_change(&keep, &root, &root, last_caps[i], &goal, &verdict);
        assert_true(goal.drop_mask == UINT64_MAX >> (63 - last_caps[i]));
    }
}

static void c6_what_is_lost_for_a_new_reason_is_news(void **state)
{
    struct ck_verdict nothing = {.kept_mask = TIME};
    struct ck_verdict told = {.lost[CK_LOST_NOT_PERMITTED] = TIME};
    struct ck_verdict other = {.lost[CK_LOST_FILE_CAPS] = TIME};
    struct ck_verdict both = {.lost = {[CK_LOST_NOT_BOUNDING] = TIME | RAW}, .other_mask = NET};

    (void)state; /* cmocka's signature */
    assert_false(ck_verdict_leave_news(&nothing, true, TIME));
    assert_true(ck_verdict_leave_news(&told, false, TIME) && ck_verdict_leave_news(&told, true, 0));
    assert_false(ck_verdict_leave_news(&told, false, 0));
    assert_true(ck_verdict_leave_news(&other, false, 0));
    assert_true(ck_verdict_leave_news(&both, false, NET | RAW));
    assert_true(both.lost[CK_LOST_NOT_BOUNDING] == RAW && both.other_mask == NET);
}

static void c1_what_is_inheritable_for_a_program_waits_in_permitted(void **state)
{
    struct ck_keep keep = {.later_mask = RAW, .bounding_mask = UINT64_MAX};
    struct ck_creds before = creds(0, TIME | RAW, 0);
    struct ck_creds now = creds(7, TIME | RAW, SECBIT_KEEP_CAPS);
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_change(&keep, &before, &now, 40, &goal, &verdict);
    assert_true(goal.caps.permitted == RAW && goal.caps.inheritable == 0);
}

static void c6_what_the_launcher_once_held_is_another_reason(void **state)
{
    struct ck_verdict verdict = {.lost[CK_LOST_NOT_PERMITTED] = TIME | RAW};

    (void)state; /* cmocka's signature */
    ck_verdict_blame(&verdict, TIME, CK_LOST_DROPPED);
    assert_true(verdict.lost[CK_LOST_NOT_PERMITTED] == RAW && verdict.lost[CK_LOST_DROPPED] == TIME);
    assert_true(ck_verdict_lost(&verdict) == (TIME | RAW));
}

static void c6_without_capset_an_exec_gives_what_is_ambient(void **state)
{
    const struct ck_keep keep = {
        .keep_mask = TIME | RAW | 1, .ambient_mask = TIME | 1, .inherited_mask = TIME | 1, .other_mask = RAW};
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    ck_decide_exec_as_is(&keep, TIME | RAW, &plain, CK_LOST_CAPSET, &goal, &verdict);
    assert_true(verdict.kept_mask == TIME && verdict.lost[CK_LOST_CAPSET] == 1);
    /* What is ambient for another program needs no capset to be lowered. */
    assert_true(goal.caps.ambient == TIME && goal.caps.inheritable == goal.caps.permitted);
}

static void c6_without_capset_an_exec_hardens_nothing_and_the_kernel_clears_as_ever(void **state)
{
    struct ck_keep keep = keep_time;
    struct ck_goal goal;
    struct ck_verdict verdict;

    (void)state; /* cmocka's signature */
    keep.rule = 0;
    keep.no_new_privs = true;
    ck_decide_exec_as_is(&keep, TIME, &(struct ck_exec_facts){.file = &nothing_special, .once = true, .last_cap = 40},
                         CK_LOST_UNREADABLE, &goal, &verdict);
    assert_true(verdict.unhardened && verdict.kept_mask == 0 && verdict.lost[CK_LOST_HARDENING] == TIME);
    ck_decide_exec_as_is(
        &keep, TIME, &(struct ck_exec_facts){.file = &(struct ck_file_facts){.has_file_caps = true}, .last_cap = 40},
        CK_LOST_UNREADABLE, &goal, &verdict);
    assert_true(verdict.kept_mask == 0 && verdict.lost[CK_LOST_FILE_CAPS] == TIME);
}

static void c6_what_cannot_be_done_is_lost_in_whole(void **state)
{
    struct ck_keep keep = keep_time;
    struct ck_verdict verdict = {.kept_mask = TIME};

    (void)state; /* cmocka's signature */
    ck_decide_nothing(&keep, CK_LOST_THREADS, &verdict);
    assert_true(verdict.kept_mask == 0 && verdict.lost[CK_LOST_THREADS] == TIME && !verdict.unhardened);
    keep.bounding_mask = TIME;
    ck_decide_nothing(&keep, CK_LOST_THREADS, &verdict);
    assert_true(verdict.unhardened);
}

static void c6_what_a_rule_awaits_for_another_program_is_known(void **state)
{
    static struct ck_policy policy = {.rule_count = 2};
    const struct ck_program program = {.count = 1, .names[0] = {.text = "/bin/b", .resolved = "/bin/b"}};
    struct ck_keep keep;

    (void)state; /* cmocka's signature */
    strcpy(policy.text, "/bin/a");
    policy.path_count = 1;
    policy.rules[0] = (struct ck_rule){.ambient_mask = TIME, .programs = {0, 1}, .refuse = true};
    policy.rules[1] = (struct ck_rule){.ambient_mask = RAW, .programs = {0, 1}};
    ck_match_exec(&policy, 7, &program, &keep);
    assert_true(keep.other_mask == (TIME | RAW) && keep.awaited_mask == TIME && keep.refuse_mask == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c1_a_change_narrows_to_k_and_raises_it),
        cmocka_unit_test(c1_a_launcher_with_keep_caps_of_its_own_keeps_its_permitted),
        cmocka_unit_test(c7_what_was_not_permitted_is_lost_and_said),
        cmocka_unit_test(c6_no_ambient_raise_is_a_reason),
        cmocka_unit_test(c2_what_is_kept_for_another_program_is_lowered_and_raised_again),
        cmocka_unit_test(c2_an_exec_raises_from_permitted_and_can_undo_it),
        cmocka_unit_test(c2_what_descendants_must_not_have_needs_a_program_that_takes_the_library),
        cmocka_unit_test(c3_what_leaves_the_bounding_set_is_inheritable_before),
        cmocka_unit_test(c3_all_that_the_kernel_knows_leaves_the_bounding_set),
        cmocka_unit_test(c6_what_is_lost_for_a_new_reason_is_news),
        cmocka_unit_test(c1_what_is_inheritable_for_a_program_waits_in_permitted),
        cmocka_unit_test(c6_what_the_launcher_once_held_is_another_reason),
        cmocka_unit_test(c6_without_capset_an_exec_gives_what_is_ambient),
        cmocka_unit_test(c6_without_capset_an_exec_hardens_nothing_and_the_kernel_clears_as_ever),
        cmocka_unit_test(c6_what_cannot_be_done_is_lost_in_whole),
        cmocka_unit_test(c6_what_a_rule_awaits_for_another_program_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
