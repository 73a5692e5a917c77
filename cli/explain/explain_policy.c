/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/policy_rule.h"
#include "../common/exit.h"
#include "../common/policy.h"

/* The launcher is known beforehand. */
static const char *find_launcher(void *context)
{
    return context;
}

int ck_explain_policy_load(const char *file, const char *ambient, const char *executable, struct ck_policy *policy)
{
    struct ck_log log;

    /* As for `capkeep run`: a policy on the command line replaces that of the environment. */
    if (ambient != NULL || file != NULL)
        ck_policy_forget_environment();
    if (ambient != NULL && setenv(ck_directive_variable(CK_AMBIENT), ambient, 1) < 0)
        return ck_fail("explain", "%s: %s", "-a", strerror(errno));
    if (ambient != NULL)
        ck_policy_name_option(ck_directive_variable(CK_AMBIENT), "-a");
    if (file != NULL && ck_policy_use_file(file) < 0)
        return CK_EXIT_FAILED; /* it has said why */
    return ck_policy_load(find_launcher, (void *)executable, policy, &log) < 0 ? CK_EXIT_FAILED : 0;
}
