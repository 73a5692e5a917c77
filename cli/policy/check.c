/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include <stdio.h>
#include <unistd.h>

#include "../common/exit.h"
#include "lint.h"
#include "../common/options.h"
#include "../common/policy.h"
#include "../verbs.h"

struct options {
    const char *file; /* NULL where not given */
    bool is_strict;
};

static int take(void *context, const struct ck_given *given)
{
    struct options *options = context;

    if (given->id == CK_CHECK_STRICT)
        options->is_strict = true;
    else
        options->file = given->value;
    return 0;
}

static void say_warning(const char *file, unsigned line, const char *text)
{
    if (line == 0)
        printf("capkeep: warning: %s\n", text);
    else
        printf("%s:%u: warning: %s\n", file, line, text);
}

int ck_verb_check(int argc, char *argv[])
{
    static struct ck_policy policy;
    struct ck_log log;
    struct options options = {0};
    int status;

    if (!ck_options_read(&ck_check_table, argc, argv, take, &options, &status))
        return status;
    if (optind < argc && options.file == NULL)
        options.file = argv[optind++];
    if (optind < argc)
        return ck_fail("check", "unexpected argument %s", argv[optind]);
    if (options.file != NULL) {
        ck_policy_forget_environment();
        if (ck_policy_use_file(options.file) < 0)
            return CK_EXIT_FAILED;
    }
    if (ck_policy_load(NULL, NULL, &policy, &log) < 0)
        return 1;
    if (policy.rule_count == 0)
        puts("there is no rule, so nothing is kept");
    unsigned warnings = ck_policy_warning_count() + ck_lint(&policy, options.is_strict, say_warning);
    return options.is_strict && warnings > 0 ? 1 : 0;
}
