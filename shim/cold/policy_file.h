/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The text of a policy file: INI, read by inih, into rules. */
#include <stddef.h>

#include "../core/policy_rule.h"
#include "../hot/emit.h"
#include "report.h"

/*
 * Adds the rules of `text` (`length` bytes, of which none need be a NUL) to `policy`, and takes "Log=" and "LogLevel="
 * of its [Policy] section over into *log. `file` is what messages call it. Every mistake is reported with its line; after the first
 * the policy is of no use.
 */
void ck_policy_file_parse(const char *file, const char *text, size_t length, const struct ck_resolver *resolver,
                          struct ck_policy *policy, struct ck_log *log, struct ck_report *report);

/* none, stderr, syslog or an absolute path. Returns 0, or -EINVAL with one sentence. */
int ck_policy_log_parse(const char *text, struct ck_log *ret_log, struct ck_parse_error *ret_error);

/* failures, changes or all. The same. */
int ck_policy_log_level_parse(const char *text, struct ck_log *ret_log, struct ck_parse_error *ret_error);
