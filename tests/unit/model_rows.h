/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Tables as test cases: every row is a case of its own, and its name is the rule that it proves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../model/creds.h"
#include "../../model/kernel.h"

#define NET (UINT64_C(1) << 10)
#define RAW (UINT64_C(1) << 13)
#define TIME (UINT64_C(1) << 25)
#define ALL ((UINT64_C(1) << 41) - 1)

#define ROWS(array) (sizeof(array) / sizeof((array)[0]))

/* Linux 6.17 and later. */
static const struct ck_kernel kernel_new = {40, true, true, true};

/* One test for each row, which bears the row's name; `tests` has room for them. */
#define MAKE_TESTS(tests, rows, run)                                                                                   \
    for (size_t row_index = 0; row_index < ROWS(rows); row_index++)                                                    \
        (tests)[row_index] = (struct CMUnitTest)                                                                       \
        {                                                                                                              \
            .name = (rows)[row_index].name, .test_func = (run), .initial_state = (void *)(uintptr_t)&(rows)[row_index] \
        }

/* Whether the rules' losses of one set are, each in one rule only, all that it lost. */
#define ADDS_UP(before, outcome, set)                                                                                  \
    do {                                                                                                               \
        uint64_t noted_mask = 0;                                                                                       \
        for (int rule_index = 0; rule_index < CK_RULE_COUNT; rule_index++) {                                           \
            uint64_t lost_mask = (outcome)->losses.by_rule[rule_index].set;                                            \
            assert_true((noted_mask & lost_mask) == 0);                                                                \
            noted_mask |= lost_mask;                                                                                   \
        }                                                                                                              \
        assert_true(noted_mask == ((before)->caps.set & ~(outcome)->after.caps.set));                                  \
    } while (0)

static inline void assert_losses_add_up(const struct ck_thread *before, const struct ck_outcome *outcome)
{
    ADDS_UP(before, outcome, permitted);
    ADDS_UP(before, outcome, effective);
    ADDS_UP(before, outcome, inheritable);
    ADDS_UP(before, outcome, ambient);
    ADDS_UP(before, outcome, bounding);
}

static inline void assert_capset(const struct ck_capset *got, const struct ck_capset *wanted)
{
    assert_true(got->permitted == wanted->permitted);
    assert_true(got->effective == wanted->effective);
    assert_true(got->inheritable == wanted->inheritable);
    assert_true(got->ambient == wanted->ambient);
    assert_true(got->bounding == wanted->bounding);
}
