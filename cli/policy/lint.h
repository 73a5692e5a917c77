/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What is valid in a policy, but probably not meant. */
#include "../../shim/core/policy.h"

typedef void ck_lint_say(const char *file, unsigned line, const char *text);

/*
 * Calls `say` for each doubt, in the order of the rules, and returns how many there were. `is_strict`: a rule for any user,
 * or any program, is one.
 */
unsigned ck_lint(const struct ck_policy *policy, bool is_strict, ck_lint_say *say);
