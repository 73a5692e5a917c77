/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entering user namespaces, and what ids mean in them. */
#include <errno.h>

#include "../../model/uid_change.h"
#include "../../model/userns.h"
#include "model_rows.h"

#define SYS_ADMIN (UINT64_C(1) << 21)

static const struct ck_id_range root_is_7[] = {{0, 7, 1}, {1, 100, 10}};
static const struct ck_userns child = {&ck_userns_initial, 7, {root_is_7, 2}, {root_is_7, 2}};
static const struct ck_userns grandchild = {&child, 100, {root_is_7, 1}, {root_is_7, 1}};
static const struct ck_userns sibling = {&ck_userns_initial, 9, {root_is_7, 2}, {root_is_7, 2}};

static struct ck_thread thread(uid_t uid, const struct ck_userns *userns)
{
    return (struct ck_thread){.uids = {uid, uid, uid}, .fsuid = uid, .gids = {7, 7, 7}, .fsgid = 7, .userns = userns};
}

static void userns_starts_the_sets_afresh(void **state)
{
    struct ck_thread before = thread(7, &ck_userns_initial);
    struct ck_userns made;
    struct ck_outcome outcome;

    (void)state; /* cmocka's signature */
    before.caps = (struct ck_capset){.permitted = TIME, .inheritable = TIME | NET, .ambient = TIME, .bounding = TIME};
    before.securebits = 1;
    before.no_new_privs = before.shares_fs = true;
    assert_int_equal(ck_userns_unshare(&kernel_new, &before, &made, &outcome), 0);
    assert_capset(&outcome.after.caps, &(struct ck_capset){ALL, ALL, 0, 0, ALL});
    assert_capset(&outcome.losses.by_rule[CK_RULE_USERNS], &(struct ck_capset){0, 0, TIME | NET, TIME, 0});
    assert_losses_add_up(&before, &outcome);
    assert_int_equal(outcome.after.securebits, 0);
    assert_false(outcome.after.shares_fs);
    assert_true(outcome.after.no_new_privs);
    assert_int_equal(outcome.after.uids.real, 7);
    assert_ptr_equal(outcome.after.userns, &made);
    assert_int_equal(made.owner, 7);
    assert_int_equal(ck_userns_root(&made), CK_ID_NONE);
}

static void unshare_is_refused_to_a_thread_among_others_in_a_chroot_and_where_its_ids_are_not_mapped(void **state)
{
    struct ck_thread before = thread(7, &ck_userns_initial);
    struct ck_thread unmapped = thread(8, &child);
    struct ck_userns made;
    struct ck_outcome outcome;

    (void)state; /* cmocka's signature */
    before.threaded = true;
    assert_int_equal(ck_userns_unshare(&kernel_new, &before, &made, &outcome), -EINVAL);
    before.threaded = false;
    before.chrooted = true;
    assert_int_equal(ck_userns_unshare(&kernel_new, &before, &made, &outcome), -EPERM);
    assert_int_equal(ck_userns_unshare(&kernel_new, &unmapped, &made, &outcome), -EPERM);
}

/* Measured: of namespaces one in the other, the 34th unshare fails. */
static void unshare_goes_33_namespaces_deep(void **state)
{
    struct ck_userns chain[34];
    struct ck_thread at = thread(7, &ck_userns_initial);
    struct ck_outcome outcome;

    (void)state; /* cmocka's signature */
    for (int i = 0; i < 33; i++) {
        assert_int_equal(ck_userns_unshare(&kernel_new, &at, &chain[i], &outcome), 0);
        chain[i].uids = chain[i].gids = (struct ck_id_map){root_is_7, 1};
        at = outcome.after;
    }
    assert_int_equal(ck_userns_unshare(&kernel_new, &at, &chain[33], &outcome), -ENOSPC);
}

static void setns_takes_cap_sys_admin_over_the_namespace_or_having_created_it(void **state)
{
    struct ck_thread admin = thread(8, &ck_userns_initial);
    struct ck_thread owner = thread(7, &ck_userns_initial);
    struct ck_thread below = thread(7, &child);
    struct ck_outcome outcome;

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_userns_setns(&kernel_new, &admin, &child, &outcome), -EPERM);
    admin.caps.effective = below.caps.effective = SYS_ADMIN;
    assert_int_equal(ck_userns_setns(&kernel_new, &admin, &grandchild, &outcome), 0);
    assert_int_equal(ck_userns_setns(&kernel_new, &owner, &child, &outcome), 0);
    assert_int_equal(ck_userns_setns(&kernel_new, &owner, &grandchild, &outcome), 0);
    assert_int_equal(ck_userns_setns(&kernel_new, &owner, &sibling, &outcome), -EPERM);
    assert_int_equal(ck_userns_setns(&kernel_new, &below, &sibling, &outcome), -EPERM);
    assert_int_equal(ck_userns_setns(&kernel_new, &below, &ck_userns_initial, &outcome), -EPERM);
    assert_int_equal(ck_userns_setns(&kernel_new, &below, &child, &outcome), -EINVAL);
}

static void setns_is_refused_to_a_thread_that_shares_with_others(void **state)
{
    struct ck_thread before = thread(7, &ck_userns_initial);
    struct ck_outcome outcome;

    (void)state; /* cmocka's signature */
    before.threaded = true;
    assert_int_equal(ck_userns_setns(&kernel_new, &before, &child, &outcome), -EINVAL);
    before.threaded = false;
    before.shares_fs = true;
    assert_int_equal(ck_userns_setns(&kernel_new, &before, &child, &outcome), -EINVAL);
}

static void uid_change_is_about_uid_0_of_the_threads_own_namespace(void **state)
{
    struct ck_thread before = thread(7, &child);
    struct ck_outcome outcome;

    (void)state; /* cmocka's signature */
    before.caps = (struct ck_capset){.permitted = ALL, .effective = ALL};
    assert_int_equal(ck_uid_change_setuid(&before, 3, &outcome), 0);
    assert_int_equal(outcome.after.uids.effective, 102);
    assert_true(outcome.after.caps.permitted == 0);
    assert_true(outcome.losses.by_rule[CK_RULE_UID_CHANGE].permitted == ALL);
    assert_int_equal(ck_uid_change_setuid(&before, 11, &outcome), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(userns_starts_the_sets_afresh),
        cmocka_unit_test(unshare_is_refused_to_a_thread_among_others_in_a_chroot_and_where_its_ids_are_not_mapped),
        cmocka_unit_test(unshare_goes_33_namespaces_deep),
        cmocka_unit_test(setns_takes_cap_sys_admin_over_the_namespace_or_having_created_it),
        cmocka_unit_test(setns_is_refused_to_a_thread_that_shares_with_others),
        cmocka_unit_test(uid_change_is_about_uid_0_of_the_threads_own_namespace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
