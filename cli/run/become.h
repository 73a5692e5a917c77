/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* `capkeep run -u`: capkeep is the launcher itself, and no library is involved. */
#include "../../shim/core/policy.h"
#include "../../shim/hot/emit.h"
#include "run_options.h"

/*
 * Takes on options->user with its groups, keeps what `policy` gives it, or with NULL nothing, and executes
 * options->command. Returns only on
 * failure: an exit status, with the reason on stderr.
 */
int ck_become(const struct ck_run_options *options, const struct ck_policy *policy, const struct ck_log *log);
