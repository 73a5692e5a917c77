/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * With what a call that was denied something is made again, over calls that are tables: what they need, and in which order
 * they ask.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "../../shim/core/capset.h"
#include "../../trace/once/attempt.h"

#define BIT(cap) (UINT64_C(1) << (cap))

enum { STEPS = 3 };

/* The call asks, step by step, until it is granted one of a step; where none is, it fails with the step's error. */
struct call {
    const char *rule;
    struct {
        uint64_t asked_mask;
        uint64_t does_mask; /* of these, what helps */
        int error;
    } steps[STEPS];
    uint64_t may_mask;
    int64_t result; /* of it all */
    uint64_t helped_mask;
    unsigned tries;
};

static const struct call calls[] = {
    {"the one that it asks for", {{BIT(3), BIT(3), EPERM}}, ~UINT64_C(0), 0, BIT(3), 1},
    {"of two, the weaker if that does", {{BIT(2) | BIT(5), BIT(2) | BIT(5), EACCES}}, ~UINT64_C(0), 0, BIT(5), 1},
    {"of two, the stronger if the weaker does not", {{BIT(2) | BIT(5), BIT(2), EACCES}}, ~UINT64_C(0), 0, BIT(2), 2},
    {"none of them: the error stays", {{BIT(2) | BIT(5), 0, EACCES}}, ~UINT64_C(0), -EACCES, 0, 3},
    {"one that it has not is not tried", {{BIT(3), BIT(3), EPERM}}, BIT(4), -EPERM, 0, 0},
    {"one after the other, with other errors",
     {{BIT(2), BIT(2), EACCES}, {BIT(7), BIT(7), EPERM}},
     ~UINT64_C(0),
     0,
     BIT(2) | BIT(7),
     2},
    {"one after the other, with the same error",
     {{BIT(2), BIT(2), EPERM}, {BIT(7), BIT(7), EPERM}},
     ~UINT64_C(0),
     0,
     BIT(2) | BIT(7),
     3},
    {"three, one after the other",
     {{BIT(2), BIT(2), EACCES}, {BIT(7), BIT(7), EPERM}, {BIT(1) | BIT(9), BIT(1), EBUSY}},
     ~UINT64_C(0),
     0,
     BIT(1) | BIT(2) | BIT(7),
     4},
    {"the first helps, and the second cannot be had",
     {{BIT(2), BIT(2), EACCES}, {BIT(7), 0, EPERM}},
     ~UINT64_C(0),
     -EPERM,
     BIT(2),
     2},
};

/* Here the weaker, the higher its number. */
static unsigned weakest(uint64_t mask)
{
    return 63U - (unsigned)__builtin_clzll(mask);
}

static int64_t make(const struct call *call, uint64_t effective_mask, uint64_t *ret_granted_mask,
                    uint64_t *ret_denied_mask)
{
    *ret_granted_mask = *ret_denied_mask = 0;
    for (unsigned i = 0; i < STEPS && call->steps[i].asked_mask != 0; i++) {
        *ret_granted_mask |= call->steps[i].asked_mask & effective_mask;
        *ret_denied_mask |= call->steps[i].asked_mask & ~effective_mask;
        if ((call->steps[i].does_mask & effective_mask) == 0)
            return -call->steps[i].error;
    }
    return 0;
}

static void check_call(const struct call *call)
{
    struct ck_attempt attempt = {.weakest = weakest, .may_mask = call->may_mask};
    uint64_t granted_mask;
    uint64_t denied_mask;
    int64_t result = make(call, 0, &granted_mask, &denied_mask);
    enum ck_attempt_verdict verdict = ck_attempt_begin(&attempt, result, denied_mask);
    unsigned tries = 0;

    for (; verdict == CK_ATTEMPT_AGAIN; tries++) {
        assert_true((attempt.raised_mask & ~call->may_mask) == 0 && attempt.raised_mask != 0);
        result = make(call, attempt.raised_mask, &granted_mask, &denied_mask);
        verdict = ck_attempt_judge(&attempt, result, granted_mask, denied_mask);
    }
    if (result != call->result || attempt.helped_mask != call->helped_mask || tries != call->tries)
        fail_msg("%s: result %lld, helped %llx, %u tries", call->rule, (long long)result,
                 (unsigned long long)attempt.helped_mask, tries);
    assert_int_equal(verdict, call->helped_mask != 0 ? CK_ATTEMPT_HELPED : CK_ATTEMPT_VAIN);
    assert_int_equal(attempt.raised_mask, 0);
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        check_call(&calls[i]);
}

/* Another file was there meanwhile: nothing that was raised has been asked for. */
static void test_other_result_without_a_check(void **state)
{
    struct ck_attempt attempt = {.weakest = weakest, .may_mask = ~UINT64_C(0)};

    (void)state;
    assert_int_equal(ck_attempt_begin(&attempt, -EACCES, BIT(3)), CK_ATTEMPT_AGAIN);
    assert_int_equal(ck_attempt_judge(&attempt, 0, 0, 0), CK_ATTEMPT_VAIN);
    assert_int_equal(attempt.helped_mask, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_other_result_without_a_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
