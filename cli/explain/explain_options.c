/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../common/exit.h"
#include "../common/number.h"
#include "../common/options.h"

static void add_caps(struct ck_explain_options *options, const char *value)
{
    char *joined;
    int length = asprintf(&joined, "%s %s", options->ambient != NULL ? options->ambient : "", value);

    free(options->ambient);
    options->ambient = ck_memory(length >= 0 ? joined : NULL);
}

static int take(void *context, const struct ck_given *given)
{
    struct ck_explain_options *options = context;

    switch ((enum ck_explain_option)given->id) {
    case CK_EXPLAIN_AMBIENT:
        add_caps(options, given->value);
        return 0;
    case CK_EXPLAIN_USER:
        options->user = given->value;
        return 0;
    case CK_EXPLAIN_POLICY:
        options->policy = given->value;
        return 0;
    case CK_EXPLAIN_LAUNCHER:
        options->launcher = given->value;
        return 0;
    case CK_EXPLAIN_PID:
        return ck_number_take_pid("explain", given, &options->pid);
    case CK_EXPLAIN_FROM:
        options->from = given->word == 0 ? CK_FROM_CURRENT : CK_FROM_ROOT;
        return 0;
    case CK_EXPLAIN_KERNEL:
        options->version = given->value;
        return 0;
    case CK_EXPLAIN_FORMAT:
        options->json = given->word == 1;
        return 0;
    }
    return CK_EXIT_FAILED;
}

static int check(const struct ck_explain_options *options, int left)
{
    bool of_launch =
        options->user != NULL || options->launcher != NULL || options->from != CK_FROM_ANY || options->version != NULL;

    if (options->pid != 0 && left > 0)
        return ck_fail("explain", "give either a PROGRAM or --pid; see `capkeep explain --help`");
    if (options->pid != 0 && of_launch)
        return ck_fail("explain", "a running process has no -u, --launcher, --from or --kernel");
    if (options->pid == 0 && left == 0)
        return ck_fail("explain", "no program given; see `capkeep explain --help`");
    if (left > 1)
        return ck_fail("explain", "only one PROGRAM, without arguments; see `capkeep explain --help`");
    return 0;
}

bool ck_explain_options_read(int argc, char *argv[], struct ck_explain_options *ret_options, int *ret_status)
{
    *ret_options = (struct ck_explain_options){0};
    if (!ck_options_read(&ck_explain_table, argc, argv, take, ret_options, ret_status))
        return false;
    ret_options->program = argv[optind];
    *ret_status = check(ret_options, argc - optind);
    return *ret_status == 0;
}

bool ck_explain_options_has_launch(const struct ck_explain_options *options)
{
    return options->user != NULL || options->ambient != NULL || options->policy != NULL || options->launcher != NULL;
}
