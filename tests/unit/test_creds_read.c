/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread's credentials as a caller tells them, and what is made of a caller that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/hot/creds_read.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))

static const struct ck_kernel kernel = {PROOF_LAST_CAP, true, true, true};
/* Not inheritable and in the bounding set, or not; inheritable and ambient, or not. */
static const struct ck_thread model = {
    .uids = {1, 2, 3},
    .caps = {.permitted = BIT(0) | BIT(3) | BIT(5),
             .effective = BIT(5),
             .inheritable = BIT(2) | BIT(3),
             .ambient = BIT(3),
             .bounding = BIT(0) | BIT(2) | BIT(5)},
    .securebits = SECBIT_NOROOT,
    .userns = &ck_userns_initial,
};

static void sets_are_read_as_far_as_they_are_asked_for(void **state)
{
    struct ck_thread thread = model;
    struct ck_creds creds;
    struct proof_caller caller;

    (void)state; /* cmocka's signature */
    proof_caller_init(&caller, &kernel, &thread);
    assert_int_equal(ck_creds_read(&caller.caller, BIT(0) | BIT(1) | BIT(2) | BIT(3), &creds), 0);
    assert_memory_equal(&creds.uids, &model.uids, sizeof(creds.uids));
    assert_int_equal(creds.securebits, SECBIT_NOROOT);
    assert_true(creds.caps.permitted == model.caps.permitted && creds.caps.effective == model.caps.effective);
    assert_true(creds.caps.inheritable == model.caps.inheritable);
    assert_true(creds.caps.ambient == BIT(3) && creds.caps.bounding == BIT(0));
    assert_int_equal(caller.count, 3 + 4);
    caller.count = 0;
    assert_int_equal(ck_creds_read(&caller.caller, 0, &creds), 0);
    assert_true(creds.caps.ambient == 0 && creds.caps.bounding == 0);
    assert_int_equal(caller.count, 3);
}

static void what_is_refused_is_an_error_and_changes_nothing(void **state)
{
    const enum proof_call needed[] = {PROOF_GETRESUID, PROOF_CAPGET, PROOF_GET_SECUREBITS, PROOF_AMBIENT_IS_SET};
    struct ck_thread thread = model;
    struct ck_creds creds;
    struct ck_creds untouched;
    struct proof_caller caller;

    (void)state; /* cmocka's signature */
    memset(&creds, 0x5a, sizeof(creds));
    untouched = creds;
    proof_caller_init(&caller, &kernel, &thread);
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        caller.refused_kinds = 1U << needed[i];
        assert_int_equal(ck_creds_read(&caller.caller, BIT(2), &creds), -EPERM);
        assert_memory_equal(&creds, &untouched, sizeof(creds));
    }
}

/* Capset will tell. */
static void a_bounding_set_that_cannot_be_asked_for_is_whole(void **state)
{
    struct ck_thread thread = model;
    struct ck_creds creds;
    struct proof_caller caller;

    (void)state; /* cmocka's signature */
    proof_caller_init(&caller, &kernel, &thread);
    caller.refused_kinds = 1U << PROOF_BOUNDING_READ;
    assert_int_equal(ck_creds_read(&caller.caller, BIT(0) | BIT(1) | BIT(2), &creds), 0);
    assert_true(creds.caps.bounding == (BIT(0) | BIT(1)));
}

static void uids_are_asked_for_twice(void **state)
{
    struct ck_thread thread = model;
    struct ck_uids uids;
    struct proof_caller caller;

    (void)state; /* cmocka's signature */
    proof_caller_init(&caller, &kernel, &thread);
    caller.refused_at = 1;
    ck_creds_read_uids(&caller.caller, &uids);
    assert_memory_equal(&uids, &model.uids, sizeof(uids));
    assert_int_equal(caller.count, 2);
    caller.refused_at = 0;
    caller.refused_kinds = 1U << PROOF_GETRESUID;
    ck_creds_read_uids(&caller.caller, &uids);
    assert_true(uids.real == (uid_t)-1 && uids.effective == (uid_t)-1 && uids.saved == (uid_t)-1);
    assert_int_equal(caller.count, 4);
}

static void the_thread_itself_is_what_the_kernel_says(void **state)
{
    struct ck_creds creds;
    struct ck_uids uids;
    uid_t real, effective, saved;
    char line[16];
    FILE *file = fopen("/proc/sys/kernel/cap_last_cap", "re");

    (void)state; /* cmocka's signature */
    assert_int_equal(getresuid(&real, &effective, &saved), 0);
    ck_creds_read_uids(CK_SELF, &uids);
    assert_true(uids.real == real && uids.effective == effective && uids.saved == saved);
    assert_int_equal(ck_creds_read(CK_SELF, 0, &creds), 0);
    assert_true(creds.uids.real == real && creds.uids.effective == effective && creds.uids.saved == saved);
    if (file == NULL)
        return;
    assert_non_null(fgets(line, sizeof(line), file));
    (void)fclose(file); /* it was only read */
    assert_int_equal(ck_creds_last_cap(), strtoul(line, NULL, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_read_as_far_as_they_are_asked_for),
        cmocka_unit_test(what_is_refused_is_an_error_and_changes_nothing),
        cmocka_unit_test(a_bounding_set_that_cannot_be_asked_for_is_whole),
        cmocka_unit_test(uids_are_asked_for_twice),
        cmocka_unit_test(the_thread_itself_is_what_the_kernel_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
