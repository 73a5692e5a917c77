/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guard=yes around a launcher's own capset and prctl, over every state of two capabilities: nothing that is guarded goes,
 * nothing is gained, and what is not guarded is as the kernel does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../shim/core/guard.h"
#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/guard.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))
#define GUARDED BIT(CAP_FOWNER)
#define OTHER BIT(CAP_SETPCAP)

/* With the last capability of the running one, which ck_own_prctl asks for. */
static struct ck_kernel kernel = {PROOF_LAST_CAP, true, true, true};
static const struct proof_pair pair = {"guarded, and not", GUARDED, OTHER};
static const struct proof_rules guard = {1, {{.ambient_mask = GUARDED, .bounding_mask = UINT64_MAX, .guard = true}}};

static struct ck_policy policy;

static struct ck_thread thread_of(uid_t uid, const struct ck_capset *caps)
{
    return (struct ck_thread){.uids = {uid, uid, uid}, .fsuid = uid, .caps = *caps, .userns = &ck_userns_initial};
}

/* --- capset */

/* All that two capabilities can be asked for in three sets. */
static struct ck_capset asked_of(unsigned number)
{
    struct ck_capset asked = {0};

    asked.permitted = ((number & 1) != 0 ? GUARDED : 0) | ((number & 2) != 0 ? OTHER : 0);
    asked.effective = ((number & 4) != 0 ? GUARDED : 0) | ((number & 8) != 0 ? OTHER : 0);
    asked.inheritable = ((number & 16) != 0 ? GUARDED : 0) | ((number & 32) != 0 ? OTHER : 0);
    return asked;
}

static void capset_in(const struct ck_capset *caps, void *context)
{
    (void)context; /* none */
    for (unsigned number = 0; number < 64; number++) {
        struct ck_thread bare = thread_of(PROOF_USER, caps), thread = bare;
        struct ck_model_caller plain = ck_model_caller_new(&kernel, &bare, NULL);
        struct ck_model_caller caller = ck_model_caller_new(&kernel, &thread, NULL);
        struct ck_capset asked = asked_of(number);
        struct ck_own_change change;

        int result = ck_call_capset(&plain.caller, &asked);
        assert_true(ck_own_change_begin(&caller.caller, &policy, &change));
        assert_int_equal(ck_own_capset(&change, &asked), result);
        if (result < 0) {
            assert_memory_equal(&thread.caps, caps, sizeof(*caps));
            continue;
        }
        uint64_t held = GUARDED & caps->permitted;
        assert_true(thread.caps.permitted == (bare.caps.permitted | held));
        assert_true(thread.caps.inheritable == (bare.caps.inheritable | (held & caps->inheritable)));
        assert_true(thread.caps.ambient == (bare.caps.ambient | (held & caps->ambient)));
        assert_true(thread.caps.effective == (bare.caps.effective | (held & caps->ambient)));
    }
}

static void capset_takes_away_nothing_that_is_guarded(void **state)
{
    (void)state; /* cmocka's signature */
    proof_make_policy(&guard, &policy);
    proof_each_state(&pair, capset_in, NULL);
}

/* --- prctl */

/* What the wrapper does with the answer of ck_own_prctl. */
static int call(const struct ck_own_change *change, int option, unsigned long arg2, unsigned long arg3)
{
    if (ck_own_prctl(change, option, &arg2, arg3))
        return 0;
    return ck_call_prctl(change->caller, option, arg2, arg3);
}

struct prctl_row {
    int option;
    unsigned long arg2;
    unsigned long arg3;
};

static const struct prctl_row prctl_rows[] = {
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_FOWNER},
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_SETPCAP},
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 63},
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 64},
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 64 + CAP_FOWNER},
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0},
    {PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1},
    {PR_CAPBSET_DROP, CAP_FOWNER, 0},
    {PR_CAPBSET_DROP, CAP_SETPCAP, 0},
    {PR_CAPBSET_DROP, 64, 0},
};

static void prctl_in(const struct ck_capset *caps, void *context)
{
    (void)context; /* none */
    for (size_t i = 0; i < sizeof(prctl_rows) / sizeof(prctl_rows[0]); i++) {
        const struct prctl_row *row = &prctl_rows[i];
        struct ck_thread bare = thread_of(PROOF_USER, caps), thread = bare;
        struct ck_model_caller plain = ck_model_caller_new(&kernel, &bare, NULL);
        struct ck_model_caller caller = ck_model_caller_new(&kernel, &thread, NULL);
        struct ck_own_change change;
        uint64_t held = GUARDED & caps->permitted;

        int result = ck_call_prctl(&plain.caller, row->option, row->arg2, row->arg3);
        assert_true(ck_own_change_begin(&caller.caller, &policy, &change));
        bool drops = row->option == PR_CAPBSET_DROP && row->arg2 == CAP_FOWNER;
        /* To lower what is guarded in ambient is answered with yes, and not done. */
        assert_int_equal(call(&change, row->option, row->arg2, row->arg3), result);
        uint64_t inheritable = bare.caps.inheritable | (drops ? held & caps->bounding : 0);
        assert_true(thread.caps.ambient == (bare.caps.ambient | (held & caps->ambient)));
        assert_true(thread.caps.inheritable == inheritable);
        assert_true(thread.caps.bounding == bare.caps.bounding && thread.caps.permitted == bare.caps.permitted);
        assert_true(thread.caps.effective == bare.caps.effective);
    }
}

static void prctl_takes_away_nothing_that_is_guarded(void **state)
{
    (void)state; /* cmocka's signature */
    proof_make_policy(&guard, &policy);
    proof_each_state(&pair, prctl_in, NULL);
}

static void clearing_reaches_the_first_and_the_last(void **state)
{
    const uint64_t raised = BIT(0) | GUARDED | BIT(kernel.last_cap);
    const struct ck_capset caps = {raised, 0, raised, raised, 0};
    struct ck_thread thread = thread_of(PROOF_USER, &caps);
    struct ck_model_caller caller = ck_model_caller_new(&kernel, &thread, NULL);
    struct ck_own_change change;
    unsigned long value = PR_CAP_AMBIENT_CLEAR_ALL;

    (void)state; /* cmocka's signature */
    proof_make_policy(&guard, &policy);
    assert_true(ck_own_change_begin(&caller.caller, &policy, &change));
    assert_true(ck_own_prctl(&change, PR_CAP_AMBIENT, &value, 0));
    assert_true(thread.caps.ambient == GUARDED);
}

static void a_lowering_that_is_refused_is_left_to_the_kernel(void **state)
{
    const struct ck_capset caps = {GUARDED | OTHER, 0, GUARDED | OTHER, GUARDED | OTHER, 0};
    struct ck_thread thread = thread_of(PROOF_USER, &caps);
    struct ck_own_change change;
    struct proof_caller caller;
    unsigned long value = PR_CAP_AMBIENT_CLEAR_ALL;

    (void)state; /* cmocka's signature */
    proof_make_policy(&guard, &policy);
    proof_caller_init(&caller, &kernel, &thread);
    assert_true(ck_own_change_begin(&caller.caller, &policy, &change));
    caller.refused_kinds = 1U << PROOF_AMBIENT_LOWER;
    assert_false(ck_own_prctl(&change, PR_CAP_AMBIENT, &value, 0));
    caller.refused_kinds = 0;
    assert_true(ck_own_prctl(&change, PR_CAP_AMBIENT, &value, 0));
    assert_true(thread.caps.ambient == GUARDED);
}

/* --- securebits */

#define NO_RAISE SECBIT_NO_CAP_AMBIENT_RAISE
#define NO_RAISE_LOCKED SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED
#define KEEP SECBIT_KEEP_CAPS
#define KEEP_LOCKED SECBIT_KEEP_CAPS_LOCKED

static void securebits_forbid_nothing_that_is_still_to_be_done(void **state)
{
    (void)state; /* cmocka's signature */
    assert_int_equal(ck_guard_securebits(NO_RAISE | NO_RAISE_LOCKED | SECBIT_NOROOT, 0, false, true), SECBIT_NOROOT);
    assert_int_equal(ck_guard_securebits(NO_RAISE | NO_RAISE_LOCKED, 0, false, false), NO_RAISE | NO_RAISE_LOCKED);
    assert_int_equal(ck_guard_securebits(NO_RAISE, NO_RAISE_LOCKED, false, true), NO_RAISE);
    assert_int_equal(ck_guard_securebits(KEEP_LOCKED, 0, true, false), 0);
    assert_int_equal(ck_guard_securebits(KEEP_LOCKED, 0, false, false), KEEP_LOCKED);
    assert_int_equal(ck_guard_securebits(KEEP | KEEP_LOCKED, 0, true, false), KEEP | KEEP_LOCKED);
    assert_int_equal(ck_guard_securebits(KEEP_LOCKED, KEEP_LOCKED, true, false), KEEP_LOCKED);
}

static unsigned long securebits_of(uid_t uid, const struct ck_capset *caps, unsigned long asked)
{
    struct ck_thread thread = thread_of(uid, caps);
    struct ck_model_caller caller = ck_model_caller_new(&kernel, &thread, NULL);
    struct ck_own_change change;

    assert_true(ck_own_change_begin(&caller.caller, &policy, &change));
    assert_false(ck_own_prctl(&change, PR_SET_SECUREBITS, &asked, 0));
    return asked;
}

static void securebits_by_what_is_raised(void **state)
{
    const struct ck_capset waiting = {GUARDED, 0, GUARDED, 0, GUARDED};
    const struct ck_capset raised = {GUARDED | OTHER, 0, GUARDED, GUARDED, GUARDED};

    (void)state; /* cmocka's signature */
    proof_make_policy(&guard, &policy);
    assert_int_equal(securebits_of(PROOF_USER, &waiting, NO_RAISE), 0);
    assert_int_equal(securebits_of(PROOF_USER, &raised, NO_RAISE), NO_RAISE);
    assert_int_equal(securebits_of(0, &raised, NO_RAISE | KEEP_LOCKED), 0);
    assert_int_equal(securebits_of(PROOF_USER, &raised, NO_RAISE | KEEP_LOCKED), NO_RAISE | KEEP_LOCKED);
}

/* --- what the launcher has dropped itself */

static uint64_t drop_all(uid_t uid, const struct proof_rules *rules, const struct ck_capset *caps)
{
    struct ck_thread thread = thread_of(uid, caps);
    struct ck_model_caller caller = ck_model_caller_new(&kernel, &thread, NULL);
    struct ck_own_change change;

    proof_make_policy(rules, &policy);
    if (!ck_own_change_begin(&caller.caller, &policy, &change))
        return UINT64_MAX;
    assert_int_equal(ck_call_capset(&caller.caller, &(struct ck_capset){.permitted = caps->permitted & BIT(0)}), 0);
    return ck_own_change_end(&change);
}

static void what_the_launcher_drops_is_told(void **state)
{
    const struct proof_rules keep = {1, {{.ambient_mask = GUARDED | BIT(0), .bounding_mask = UINT64_MAX}}};
    const struct proof_rules others = {
        1, {{.ambient_mask = GUARDED, .bounding_mask = UINT64_MAX, .for_other_user = true}}};
    const struct proof_rules roots = {
        1, {{.ambient_mask = GUARDED, .bounding_mask = UINT64_MAX, .guard = true, .for_other_user = true}}};
    const struct ck_capset caps = {GUARDED | OTHER | BIT(0), 0, 0, 0, 0};

    (void)state; /* cmocka's signature */
    assert_true(drop_all(PROOF_USER, &keep, &caps) == GUARDED);
    assert_true(drop_all(PROOF_USER, &others, &caps) == UINT64_MAX);
    assert_true(drop_all(0, &keep, &caps) == UINT64_MAX);
    assert_true(drop_all(0, &roots, &caps) == 0);
}

static void what_cannot_be_read_is_left_alone(void **state)
{
    const struct ck_capset caps = {GUARDED, 0, 0, 0, 0};
    struct ck_thread thread = thread_of(PROOF_USER, &caps);
    struct ck_own_change change;
    struct proof_caller caller;

    (void)state; /* cmocka's signature */
    proof_make_policy(&guard, &policy);
    proof_caller_init(&caller, &kernel, &thread);
    caller.refused_kinds = 1U << PROOF_CAPGET;
    assert_false(ck_own_change_begin(&caller.caller, &policy, &change));
    caller.refused_kinds = 0;
    assert_true(ck_own_change_begin(&caller.caller, &policy, &change));
    thread.caps.permitted = 0;
    caller.refused_kinds = 1U << PROOF_CAPGET;
    assert_true(ck_own_change_end(&change) == 0);
    caller.refused_kinds = 0;
    assert_true(ck_own_change_end(&change) == GUARDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capset_takes_away_nothing_that_is_guarded),
        cmocka_unit_test(prctl_takes_away_nothing_that_is_guarded),
        cmocka_unit_test(clearing_reaches_the_first_and_the_last),
        cmocka_unit_test(a_lowering_that_is_refused_is_left_to_the_kernel),
        cmocka_unit_test(securebits_forbid_nothing_that_is_still_to_be_done),
        cmocka_unit_test(securebits_by_what_is_raised),
        cmocka_unit_test(what_the_launcher_drops_is_told),
        cmocka_unit_test(what_cannot_be_read_is_left_alone),
    };

    kernel.last_cap = ck_creds_last_cap();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
