/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Around a change of uid: which calls are made, and what of callers that refuse. The sets are proved by test_proof_change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <linux/securebits.h>

#include "../../model/uid_change.h"
#include "../../shim/hot/change.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))
#define KEPT BIT(CAP_FOWNER)
#define SETUID BIT(CAP_SETUID)
#define SILENT .bounding_mask = UINT64_MAX

static const struct ck_kernel kernel = {PROOF_LAST_CAP, true, true, true};
static struct ck_policy policy;

/* A launcher, its calls, and what came of them. */
struct launcher {
    struct ck_thread thread;
    struct proof_caller caller;
    struct ck_made_calls made;
    struct ck_change change;
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;
    bool is_matched;
};

static void start(struct launcher *launcher, const struct proof_rules *rules)
{
    *launcher = (struct launcher){
        .thread = {.caps = {KEPT | SETUID, KEPT | SETUID, 0, 0, KEPT | SETUID}, .userns = &ck_userns_initial}};
    proof_make_policy(rules, &policy);
    proof_caller_init(&launcher->caller, &kernel, &launcher->thread);
    launcher->caller.model.made = &launcher->made;
}

static void drop(struct launcher *launcher)
{
    const struct ck_uids user = {PROOF_USER, PROOF_USER, PROOF_USER};
    struct ck_outcome outcome;

    assert_int_equal(ck_uid_change_setresuid(&kernel, &launcher->thread, &user, &outcome), 0);
    launcher->thread = outcome.after;
    launcher->is_matched = ck_change_end(&launcher->change, &policy, NULL, PROOF_LAST_CAP, &launcher->after,
                                         &launcher->keep, &launcher->verdict);
}

static const struct proof_rules keep_one = {1, {{.ambient_mask = KEPT, SILENT}}};

static void the_usual_change_asks_for_what_it_cannot_know_and_no_more(void **state)
{
    const struct proof_rules none = {0};
    const struct proof_rules waiting = {1, {{.ambient_mask = KEPT, SILENT, .program = PROOF_OTHER_PROGRAM}}};
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &keep_one);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    assert_int_equal(launcher.caller.count,
                     6); /* uids, sets, securebits; whether capset is let through; KEEPCAPS twice */
    drop(&launcher);
    assert_int_equal(launcher.caller.count, 6 + 4); /* KEEPCAPS back; uids; capset; raise */
    assert_true(launcher.is_matched && launcher.thread.caps.ambient == KEPT && launcher.after.real == PROOF_USER);
    start(&launcher, &none);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_int_equal(launcher.caller.count, 6 + 3);
    assert_true(!launcher.is_matched && launcher.thread.caps.permitted == 0);
    start(&launcher, &waiting);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_int_equal(launcher.caller.count, 6 + 4); /* KEEPCAPS back; uids; whether it is in the bounding set; capset */
    assert_true(launcher.verdict.waiting_mask == KEPT && launcher.thread.caps.permitted == KEPT);
}

static void what_is_refused_costs_one_more_look(void **state)
{
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &keep_one);
    launcher.caller.refused_kinds = 1U << PROOF_AMBIENT_RAISE;
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_true(launcher.verdict.kept_mask == 0 && launcher.verdict.lost[CK_LOST_RAISE] == KEPT);
    assert_true(launcher.thread.caps.permitted == 0 && launcher.thread.caps.inheritable == 0);
    assert_false(launcher.verdict.unnarrowed);
    /* KEEPCAPS three times; a capset whose raise is refused, twice, the second of which changes nothing; one that goes without. */
    assert_int_equal(launcher.made.count, 3 + 2);
}

/* What another signal's thread cannot do, no thread keeps. */
static void given_up_is_the_kernels_own_way(void **state)
{
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &(struct proof_rules){1, {{.ambient_mask = KEPT, .bounding_mask = 0}}});
    ck_change_look(&launcher.caller.caller, &launcher.change);
    ck_change_give_up(&launcher.change, CK_LOST_THREADS);
    ck_change_keep(&launcher.change);
    assert_false(launcher.change.set_keep_caps);
    drop(&launcher);
    assert_true(launcher.is_matched && launcher.verdict.lost[CK_LOST_THREADS] == KEPT && launcher.verdict.unhardened);
    assert_true(launcher.thread.caps.permitted == 0 && launcher.verdict.kept_mask == 0);
    assert_int_equal(launcher.made.count, 0);
}

static void a_launcher_that_cannot_be_read_keeps_nothing_and_is_told_so(void **state)
{
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &keep_one);
    launcher.caller.refused_kinds = 1U << PROOF_CAPGET;
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_true(launcher.is_matched && launcher.verdict.lost[CK_LOST_UNREADABLE] == KEPT);
    assert_true(launcher.thread.caps.permitted == 0);
    /* Read before, not after: where permitted has stayed it is narrowed blind. */
    start(&launcher, &keep_one);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    launcher.caller.refused_kinds = 1U << PROOF_CAPGET | 1U << PROOF_AMBIENT_RAISE;
    drop(&launcher);
    assert_true(launcher.thread.caps.permitted == 0 && launcher.verdict.lost[CK_LOST_RAISE] == KEPT);
    /* And where the launcher keeps by itself, nothing is known of it. */
    start(&launcher, &keep_one);
    launcher.thread.securebits = SECBIT_KEEP_CAPS;
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    launcher.caller.refused_kinds = 1U << PROOF_CAPGET;
    drop(&launcher);
    assert_true(launcher.verdict.lost[CK_LOST_UNREADABLE] == KEPT && launcher.thread.caps.ambient == 0);
}

static void what_could_not_be_narrowed_is_not_begun(void **state)
{
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &keep_one);
    launcher.caller.refused_kinds = 1U << PROOF_CAPSET | 1U << PROOF_CAPSET_PROBE;
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    assert_false(launcher.change.set_keep_caps);
    drop(&launcher);
    assert_true(launcher.verdict.lost[CK_LOST_CAPSET] == KEPT && !launcher.verdict.unnarrowed);
    /* Refused from then on, it is told. */
    start(&launcher, &keep_one);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    launcher.caller.refused_kinds = 1U << PROOF_CAPSET;
    drop(&launcher);
    assert_true(launcher.verdict.unnarrowed && launcher.verdict.lost[CK_LOST_CAPSET] == KEPT);
    start(&launcher, &keep_one);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    launcher.caller.refused_kinds = 1U << PROOF_KEEP_CAPS;
    drop(&launcher);
    assert_true(launcher.verdict.unnarrowed && launcher.verdict.kept_mask == KEPT);
}

static void a_bounding_set_that_fits_already_takes_no_privilege(void **state)
{
    const struct proof_rules fits = {1, {{.ambient_mask = KEPT, .bounding_mask = KEPT | SETUID, .refuse = true}}};
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &fits);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_true(launcher.verdict.kept_mask == KEPT && !launcher.verdict.unhardened);
    start(&launcher, &fits);
    launcher.thread.caps.bounding |= BIT(PROOF_LAST_CAP);
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_true(launcher.verdict.kept_mask == 0 && launcher.verdict.unhardened);
}

/* All that is permitted is kept, and inheritable: still the kernel has cleared effective. */
static void what_stays_as_it_was_becomes_effective_again(void **state)
{
    const struct proof_rules all = {1, {{.ambient_mask = KEPT | SETUID, SILENT}}};
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &all);
    launcher.thread.caps.inheritable = KEPT | SETUID;
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    drop(&launcher);
    assert_true(launcher.thread.caps.effective == (KEPT | SETUID) && launcher.thread.caps.ambient == (KEPT | SETUID));
}

static void with_nothing_permitted_nothing_is_done(void **state)
{
    struct launcher launcher;

    (void)state; /* cmocka's signature */
    start(&launcher, &keep_one);
    launcher.thread.caps = (struct ck_capset){0};
    ck_change_begin(&launcher.caller.caller, &launcher.change);
    assert_false(launcher.change.possible);
    assert_int_equal(launcher.caller.count, 3);
    assert_false(ck_change_end(&launcher.change, &policy, NULL, PROOF_LAST_CAP, &launcher.after, &launcher.keep,
                               &launcher.verdict));
    assert_int_equal(launcher.caller.count, 3);
    assert_int_equal(launcher.keep.rule, CK_NO_RULE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_change_asks_for_what_it_cannot_know_and_no_more),
        cmocka_unit_test(what_is_refused_costs_one_more_look),
        cmocka_unit_test(given_up_is_the_kernels_own_way),
        cmocka_unit_test(a_launcher_that_cannot_be_read_keeps_nothing_and_is_told_so),
        cmocka_unit_test(what_could_not_be_narrowed_is_not_begun),
        cmocka_unit_test(a_bounding_set_that_fits_already_takes_no_privilege),
        cmocka_unit_test(what_stays_as_it_was_becomes_effective_again),
        cmocka_unit_test(with_nothing_permitted_nothing_is_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
