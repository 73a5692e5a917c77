/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run_options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/exit.h"
#include "../common/options.h"
#include "../common/policy.h"

/* Lists given several times add up, as the lines of a policy file do; of the others each may be given once. */
static int set_directive(struct ck_run_options *options, enum ck_directive directive, const struct ck_given *given)
{
    const char *value = given->value != NULL ? given->value : "yes";
    const char **place = &options->directives[directive];
    char *joined;

    (void)snprintf(options->names[directive], sizeof(options->names[directive]), "%s", given->name); /* it fits */
    if (*place == NULL) {
        *place = value;
        return 0;
    }
    if (directive != CK_AMBIENT && directive != CK_BOUNDING && directive != CK_USER) {
        return ck_fail("run", "%s was given twice; several of them need a policy file", given->name);
    }
    int length = asprintf(&joined, "%s %s", *place, value);
    *place = ck_memory(length >= 0 ? joined : NULL);
    return 0;
}

/* CAPKEEP_METHOD says to the library what --method says here, or where the command of an automatic one is. */
static int set_method_of_environment(struct ck_run_options *options)
{
    const char *value = getenv(CK_VARIABLE_METHOD);

    if (options->user != NULL || value == NULL || value[0] == '/')
        return 0;
    for (int i = 0; ck_run_methods[i] != NULL; i++) {
        if (strcmp(value, ck_run_methods[i]) == 0) {
            options->method = (enum ck_method)i;
            return 0;
        }
    }
    return ck_fail("run", CK_VARIABLE_METHOD "=%s is no method; see `capkeep run --help`", value);
}

struct reading {
    struct ck_run_options *options;
    bool has_method;
};

static int take(void *context, const struct ck_given *given)
{
    struct reading *reading = context;
    struct ck_run_options *options = reading->options;

    switch (given->id) {
    case CK_RUN_USER:
        options->user = given->value;
        return 0;
    case CK_RUN_GROUPS:
        options->groups = given->value;
        return 0;
    case CK_RUN_KEEP_GROUPS:
        options->keep_groups = true;
        return 0;
    case CK_RUN_POLICY:
        options->policy = given->value;
        return 0;
    case CK_RUN_LOG:
        options->log = given->value;
        return 0;
    case CK_RUN_LOG_LEVEL:
        options->log_level = given->value;
        return 0;
    case CK_RUN_METHOD:
        options->method = (enum ck_method)given->word;
        reading->has_method = true;
        return 0;
    case CK_RUN_ALLOW_NEW_PRIVS:
        options->allow_new_privs = true;
        return 0;
    case CK_RUN_IF_POSSIBLE:
        options->if_possible = true;
        return 0;
    case CK_RUN_ARGV0:
        options->argv0 = given->value;
        return 0;
    default:
        return set_directive(options, (enum ck_directive)(given->id - CK_RUN_DIRECTIVE(0)), given);
    }
}

/* Options that make no sense together, or without each other; NULL where all do. */
static const char *why_not(const struct ck_run_options *options)
{
    if (options->command[0] == NULL)
        return "no command given; see `capkeep run --help`";
    if (options->user != NULL && options->method != CK_METHOD_AUTO)
        return "with -u there is no launcher, and so no --method";
    if (options->user != NULL && options->argv0 != NULL)
        return "--argv0 belongs to a launcher, and so not to -u";
    if (options->user == NULL && (options->groups != NULL || options->keep_groups))
        return "--groups and --keep-groups belong to -u";
    if (options->groups != NULL && options->keep_groups)
        return "--groups and --keep-groups contradict each other";
    if (options->allow_new_privs && options->method != CK_METHOD_SECUREBITS)
        return "--allow-new-privs belongs to --method=securebits";
    if (options->allow_new_privs && options->directives[CK_NO_NEW_PRIVS] != NULL)
        return "--allow-new-privs and --no-new-privs contradict each other";
    return NULL;
}

bool ck_run_options_read(int argc, char *argv[], struct ck_run_options *ret_options, int *ret_status)
{
    struct reading reading = {.options = ret_options};

    *ret_options = (struct ck_run_options){0};
    if (!ck_options_read(&ck_run_table, argc, argv, take, &reading, ret_status))
        return false;
    *ret_status = CK_EXIT_FAILED;
    if (!reading.has_method && set_method_of_environment(ret_options) != 0)
        return false;
    ret_options->command = argv + optind;
    const char *why = why_not(ret_options);
    if (why != NULL)
        (void)ck_fail("run", "%s", why);
    return why == NULL;
}

static int set_variable(const char *name, const char *value)
{
    return value == NULL || setenv(name, value, 1) == 0 ? 0 : ck_fail("run", "%s: %s", name, strerror(errno));
}

/* With -u the program is the one that was asked for: it starts as asked for or not at all, unless told otherwise. */
static int set_default_failure(const struct ck_run_options *options)
{
    bool has_rule = getenv(ck_directive_variable(CK_AMBIENT)) != NULL || getenv(ck_directive_variable(CK_IAB)) != NULL;

    if (options->user == NULL || options->if_possible || !has_rule ||
        getenv(ck_directive_variable(CK_ON_FAILURE)) != NULL)
        return 0;
    return set_variable(ck_directive_variable(CK_ON_FAILURE), "refuse");
}

/* The library supervises by this very command, wherever it is installed. With -u no library takes part. */
static int export_method(const struct ck_run_options *options)
{
    char self[PATH_MAX];
    bool may_supervise = options->user == NULL && options->method == CK_METHOD_AUTO;
    ssize_t length = may_supervise ? readlink("/proc/self/exe", self, sizeof(self) - 1) : 0;

    if (length <= 0)
        return set_variable(CK_VARIABLE_METHOD, "preload"); /* without /proc nothing can be supervised either */
    self[length] = '\0';
    return set_variable(CK_VARIABLE_METHOD, self);
}

int ck_run_options_export(const struct ck_run_options *options)
{
    /* A policy on the command line replaces that of the environment. */
    if (options->directives[CK_AMBIENT] != NULL || options->directives[CK_IAB] != NULL || options->policy != NULL)
        ck_policy_forget_environment();
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++) {
        if (set_variable(ck_directive_variable(directive), options->directives[directive]) != 0)
            return CK_EXIT_FAILED;
        if (options->directives[directive] != NULL)
            ck_policy_name_option(ck_directive_variable(directive), options->names[directive]);
    }
    if (options->log != NULL)
        ck_policy_name_option(CK_VARIABLE_LOG, "--log");
    if (options->log_level != NULL)
        ck_policy_name_option(CK_VARIABLE_LOG_LEVEL, "--log-level");
    if (set_variable(CK_VARIABLE_LOG, options->log) != 0 ||
        set_variable(CK_VARIABLE_LOG_LEVEL, options->log_level) != 0 || set_default_failure(options) != 0 ||
        export_method(options) != 0)
        return CK_EXIT_FAILED;
    return options->policy == NULL || ck_policy_use_file(options->policy) == 0 ? 0 : CK_EXIT_FAILED;
}
