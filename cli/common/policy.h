/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The policy as the library would read it, with every mistake told on stderr. */
#include "../../shim/cold/load.h"
#include "../../shim/core/policy_rule.h"

/*
 * Loads what CAPKEEP_* in the environment, or else the installed files, ask for. `find_launcher` is asked, where
 * a rule has a Launcher=, for what that is to be held against, and may answer NULL; itself it may be NULL as well. Prints
 * each mistake as "file:line: error: text" and returns -EINVAL, or returns the number of rules. Prints each warning likewise.
 */
int ck_policy_load(const char *(*find_launcher)(void *context), void *context, struct ck_policy *policy,
                   struct ck_log *ret_log);

/* How many warnings that was. */
unsigned ck_policy_warning_count(void);

/* The names of the variables by which the environment has a policy, and how many that are. */
#define CK_POLICY_VARIABLES_MAX (CK_DIRECTIVE_COUNT + 1)
unsigned ck_policy_variables(const char *ret_names[CK_POLICY_VARIABLES_MAX]);

/* Forgets the policy of the environment as a whole: nothing left over may narrow or widen another. */
void ck_policy_forget_environment(void);

/*
 * Adds `file` to the policy. The path is made absolute, but its links are not
 * followed: whether they may be is for the loader to judge. Returns 0, or -1 with the reason on stderr.
 */
int ck_policy_use_file(const char *file);

/*
 * What an option has put into `variable` is told by the option's name from now on; both as long-lived as the process. A
 * mistake is told to whoever made it, in the words that they used.
 */
void ck_policy_name_option(const char *variable, const char *option);
