/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the fuzz targets share: a resolver that knows no system, and what has to hold of every policy that was accepted. */
#include <stddef.h>
#include <stdint.h>

#include "../../shim/cold/report.h"
#include "../../shim/core/policy_rule.h"

/* libFuzzer's entry point: returns 0. What must not be is a crash, by FUZZ_REQUIRE as well. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_REQUIRE(condition)                                                                                        \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fuzz_fail(#condition, __FILE__, __LINE__);                                                                 \
    } while (0)

_Noreturn void fuzz_fail(const char *condition, const char *file, int line);

/* Accounts and paths that depend on the name alone: some are there, some are not, some cannot be told. */
extern const struct ck_resolver fuzz_resolver;

/* The policy of the process, all zero again. */
struct ck_policy *fuzz_empty_policy(void);

/* Counts what is said, and insists that it is one line that a terminal can bear. */
struct ck_report fuzz_report(void);

/*
 * A policy that was accepted is whole: its ranges and texts lie within it, its rules ask for what can be had together,
 * and matching reads it for any user and program without harm.
 */
void fuzz_check_policy(const struct ck_policy *policy);

/* A copy of the input with a NUL behind it, in memory of its own size, so that one byte too far is seen. */
char *fuzz_text(const uint8_t *data, size_t size);
