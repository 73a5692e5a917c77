/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Before an exec: which calls are made, and what of callers that refuse. The sets are proved by test_proof_exec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>

#include "../../shim/hot/exec.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))
#define KEPT BIT(CAP_FOWNER)
#define WAITS BIT(CAP_SETGID)
#define SILENT .bounding_mask = UINT64_MAX
#define ALL (KEPT | WAITS)

static const struct ck_kernel kernel = {PROOF_LAST_CAP, true, true, true};
static struct ck_policy policy;

/* A thread that executes PROOF_THIS_PROGRAM. */
struct executor {
    struct ck_thread thread;
    struct proof_caller caller;
    struct ck_made_calls made;
    struct ck_file_facts facts;
    struct ck_keep keep;
    struct ck_exec_undo undo;
    struct ck_verdict verdict;
};

static void start(struct executor *executor, const struct proof_rules *rules, struct ck_capset caps)
{
    struct ck_rule_set running;

    *executor = (struct executor){
        .thread = {.uids = {PROOF_USER, PROOF_USER, PROOF_USER}, .caps = caps, .userns = &ck_userns_initial}};
    proof_make_policy(rules, &policy);
    proof_running(&policy, &running);
    ck_match(&policy, PROOF_USER, &running, &executor->keep);
    proof_caller_init(&executor->caller, &kernel, &executor->thread);
    executor->caller.model.made = &executor->made;
}

static int prepare(struct executor *executor)
{
    const struct ck_exec_facts exec = {.file = &executor->facts, .takes_library = true, .last_cap = PROOF_LAST_CAP};

    return ck_exec_prepare(&executor->caller.caller, &executor->keep, &exec, &executor->undo, &executor->verdict);
}

static bool take_back(struct executor *executor)
{
    return ck_exec_take_back(&executor->caller.caller, &executor->undo);
}

static const struct proof_rules keep_one = {1, {{.ambient_mask = KEPT, SILENT}}};
static const struct proof_rules keep_two = {
    2, {{.ambient_mask = KEPT, SILENT}, {.ambient_mask = WAITS, SILENT, .program = PROOF_OTHER_PROGRAM}}};
static const struct ck_capset permitted = {ALL, 0, 0, 0, ALL};
static const struct ck_capset raised = {ALL, ALL, ALL, ALL, ALL};

static void what_is_ambient_already_takes_one_question_each(void **state)
{
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &keep_one, raised);
    assert_int_equal(prepare(&executor), 0);
    assert_int_equal(executor.caller.count, 1);
    assert_true(executor.verdict.kept_mask == KEPT);
    assert_true(take_back(&executor));
    assert_int_equal(executor.caller.count, 1);
    assert_int_equal(executor.made.count, 0);
}

/* What could need more than that one question is looked at. */
static void what_may_not_be_plain_is_looked_at(void **state)
{
    const struct proof_rules plain_with[] = {
        {1, {{.ambient_mask = KEPT, .inheritable_mask = WAITS, SILENT}}},
        {2, {{.ambient_mask = KEPT, SILENT}, {.inheritable_mask = WAITS, SILENT, .program = PROOF_OTHER_PROGRAM}}},
        {1, {{.ambient_mask = KEPT, SILENT, .no_descendants = true}}},
        keep_two,
    };
    struct executor executor;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(plain_with) / sizeof(plain_with[0]); i++) {
        start(&executor, &plain_with[i], raised);
        assert_int_equal(prepare(&executor), 0);
        assert_true(executor.caller.count > 3);
        assert_true(executor.verdict.kept_mask == KEPT);
    }
    start(&executor, &keep_one, raised);
    executor.facts.has_file_caps = true;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.lost[CK_LOST_FILE_CAPS] == KEPT);
    start(&executor, &keep_one, raised);
    executor.facts.is_unseen = true;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.kept_mask == KEPT && executor.caller.count > 1);
}

static void what_cannot_be_seen_is_not_given_what_waits(void **state)
{
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &keep_two, permitted);
    executor.facts.is_unseen = true;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.lost[CK_LOST_UNSEEN] == WAITS && executor.verdict.kept_mask == KEPT);
    start(&executor, &keep_two, permitted);
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.lost[CK_LOST_UNSEEN] == 0);
}

static void raised_lowered_and_taken_back(void **state)
{
    const struct ck_capset before = {ALL, 0, WAITS, WAITS, ALL};
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &keep_two, before);
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.thread.caps.ambient == KEPT && executor.thread.caps.inheritable == KEPT);
    assert_true(take_back(&executor));
    assert_true(executor.thread.caps.ambient == WAITS && executor.thread.caps.inheritable == WAITS);
    /* Blind as well. */
    start(&executor, &keep_two, before);
    assert_int_equal(prepare(&executor), 0);
    executor.caller.refused_kinds = 1U << PROOF_CAPGET;
    assert_true(take_back(&executor));
    assert_true(executor.thread.caps.ambient == WAITS && executor.thread.caps.inheritable == WAITS);
}

static void without_capset_ambient_alone_is_lowered(void **state)
{
    const struct ck_capset before = {ALL, 0, ALL, ALL, ALL};
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &keep_two, before);
    executor.caller.refused_kinds = 1U << PROOF_CAPSET;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.thread.caps.ambient == KEPT && executor.thread.caps.inheritable == ALL);
    assert_true(executor.verdict.kept_mask == KEPT && executor.verdict.unnarrowed);
    assert_true(take_back(&executor));
    assert_true(executor.thread.caps.ambient == ALL);
    start(&executor, &keep_two, before);
    executor.caller.refused_kinds = 1U << PROOF_CAPGET;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.thread.caps.ambient == KEPT && executor.verdict.unnarrowed);
    assert_true(take_back(&executor));
    assert_true(executor.thread.caps.ambient == ALL);
    /* Nothing of another program's is ambient: there is nothing to tell. */
    start(&executor, &keep_two, (struct ck_capset){ALL, 0, KEPT, KEPT, ALL});
    executor.caller.refused_kinds = 1U << PROOF_CAPGET;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.kept_mask == KEPT && !executor.verdict.unnarrowed);
    /* Whether it is cannot be asked. */
    executor.caller.refused_kinds = 1U << PROOF_CAPGET | 1U << PROOF_AMBIENT_IS_SET;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.lost[CK_LOST_UNREADABLE] == KEPT && executor.verdict.unnarrowed);
    start(&executor, &keep_one, permitted);
    executor.caller.refused_kinds = 1U << PROOF_CAPGET | 1U << PROOF_AMBIENT_IS_SET;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.lost[CK_LOST_UNREADABLE] == KEPT && !executor.verdict.unnarrowed);
}

static void a_raise_that_is_refused_is_done_without(void **state)
{
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &keep_two, permitted);
    executor.caller.refused_kinds = 1U << PROOF_AMBIENT_RAISE;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.kept_mask == 0 && executor.verdict.lost[CK_LOST_RAISE] == KEPT);
    assert_true(executor.thread.caps.inheritable == 0 && !executor.verdict.unnarrowed);
    /* What can be neither raised nor lowered is told. */
    start(&executor, &keep_two, (struct ck_capset){ALL, 0, ALL, WAITS, ALL});
    executor.caller.refused_kinds = 1U << PROOF_AMBIENT_LOWER | 1U << PROOF_CAPSET;
    assert_int_equal(prepare(&executor), 0);
    assert_true(executor.verdict.unnarrowed);
}

static void refuse_is_known_before_anything_is_done(void **state)
{
    const struct proof_rules refuse = {2,
                                       {{.ambient_mask = KEPT, SILENT, .refuse = true},
                                        {.ambient_mask = WAITS, SILENT, .program = PROOF_OTHER_PROGRAM}}};
    const struct proof_rules hardened = {1, {{.ambient_mask = KEPT, .bounding_mask = KEPT, .refuse = true}}};
    const struct proof_rules private = {1, {{.ambient_mask = KEPT, SILENT, .refuse = true, .no_new_privs = true}}};
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &refuse, (struct ck_capset){WAITS, 0, WAITS, WAITS, ALL});
    assert_int_equal(prepare(&executor), -EPERM);
    assert_int_equal(executor.made.count, 0);
    start(&executor, &hardened, permitted);
    assert_int_equal(prepare(&executor), -EPERM);
    assert_true(executor.verdict.unhardened && executor.verdict.lost[CK_LOST_HARDENING] == KEPT);
    start(&executor, &hardened, (struct ck_capset){ALL, 0, 0, 0, KEPT});
    assert_int_equal(prepare(&executor), 0);
    assert_true(!executor.verdict.unhardened && executor.verdict.kept_mask == KEPT);
    /* The highest capability counts as well; one that cannot be asked for is taken to be there. */
    start(&executor, &hardened, (struct ck_capset){ALL, 0, 0, 0, KEPT | BIT(PROOF_LAST_CAP)});
    assert_int_equal(prepare(&executor), -EPERM);
    start(&executor, &hardened, (struct ck_capset){ALL, 0, 0, 0, KEPT | BIT(0)});
    assert_int_equal(prepare(&executor), -EPERM);
    start(&executor, &hardened, (struct ck_capset){ALL, 0, 0, 0, KEPT});
    executor.caller.refused_kinds = 1U << PROOF_BOUNDING_READ;
    assert_int_equal(prepare(&executor), -EPERM);
    start(&executor, &private, permitted);
    assert_int_equal(prepare(&executor), -EPERM);
    start(&executor, &private, permitted);
    executor.thread.no_new_privs = true;
    assert_int_equal(prepare(&executor), 0);
    executor.caller.refused_kinds = 1U << PROOF_GET_NO_NEW_PRIVS;
    assert_int_equal(prepare(&executor), -EPERM);
}

/* Refused by the kernel when half of it is done. */
static void refuse_takes_back_what_was_done(void **state)
{
    const struct proof_rules refuse = {2,
                                       {{.ambient_mask = ALL, SILENT, .refuse = true},
                                        {.ambient_mask = BIT(0), SILENT, .program = PROOF_OTHER_PROGRAM}}};
    struct executor executor;

    (void)state; /* cmocka's signature */
    start(&executor, &refuse, permitted);
    executor.caller.refused_kinds = 1U << PROOF_AMBIENT_RAISE;
    assert_int_equal(prepare(&executor), -EPERM);
    assert_true(executor.thread.caps.inheritable == 0 && executor.thread.caps.ambient == 0);
    assert_true(executor.verdict.lost[CK_LOST_RAISE] == KEPT && !executor.verdict.unnarrowed);
    assert_true(take_back(&executor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_ambient_already_takes_one_question_each),
        cmocka_unit_test(what_may_not_be_plain_is_looked_at),
        cmocka_unit_test(what_cannot_be_seen_is_not_given_what_waits),
        cmocka_unit_test(raised_lowered_and_taken_back),
        cmocka_unit_test(without_capset_ambient_alone_is_lowered),
        cmocka_unit_test(a_raise_that_is_refused_is_done_without),
        cmocka_unit_test(refuse_is_known_before_anything_is_done),
        cmocka_unit_test(refuse_takes_back_what_was_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
