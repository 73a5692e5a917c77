/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The policy that is explained. */
#include "../../shim/core/policy.h"

/*
 * That of `file` and of `ambient`, which is -a; where both are NULL that of the environment, or of the installed files.
 * `executable`: the launcher whom it is for, or NULL. Returns 0, or an exit status with the reason on standard error.
 */
int ck_explain_policy_load(const char *file, const char *ambient, const char *executable, struct ck_policy *policy);
