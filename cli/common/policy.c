/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One for each directive, and the log's two. */
static struct {
    const char *variable;
    const char *option;
} named[CK_DIRECTIVE_COUNT + 2];
static unsigned named_count;
static unsigned warning_count;

void ck_policy_name_option(const char *variable, const char *option)
{
    named[named_count].variable = variable;
    named[named_count++].option = option;
}

/* The loader has the variable's name in front of what is wrong with it. */
static void say_of_environment(const char *text)
{
    const char *const no_rule = strstr(text, ": CAPKEEP_AMBIENT is not set");
    size_t length = strcspn(text, ":=");

    for (unsigned i = 0; i < named_count; i++) {
        if (strlen(named[i].variable) == length && strncmp(named[i].variable, text, length) == 0) {
            int rest = (int)((no_rule != NULL ? no_rule : strchr(text, '\0')) - text - (ptrdiff_t)length);
            fprintf(stderr, "capkeep: error: %s%.*s%s\n", named[i].option, rest, text + length,
                    no_rule != NULL ? ": there is no -a" : "");
            return;
        }
    }
    fprintf(stderr, "capkeep: error: %s\n", text);
}

static void say(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    (void)report; /* it counts */
    if (file == NULL)
        say_of_environment(text);
    else
        fprintf(stderr, "%s:%u: error: %s\n", file, line, text);
}

static void warn(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    (void)report;
    warning_count++;
    fprintf(stderr, "%s:%u: warning: %s\n", file, line, text);
}

int ck_policy_load(const char *(*find_launcher)(void *context), void *context, struct ck_policy *policy,
                   struct ck_log *ret_log)
{
    struct ck_report report = {.say = say, .warn = warn};
    struct ck_load load = {
        .find_executable = find_launcher,
        .context = context,
        .policy = policy,
        .report = &report,
    };
    int count = ck_load_policy(&load);

    *ret_log = load.log;
    return count;
}

unsigned ck_policy_warning_count(void)
{
    return warning_count;
}

unsigned ck_policy_variables(const char *ret_names[CK_POLICY_VARIABLES_MAX])
{
    unsigned count = 0;

    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++) {
        if (getenv(ck_directive_variable(directive)) != NULL)
            ret_names[count++] = ck_directive_variable(directive);
    }
    if (getenv(CK_VARIABLE_POLICY) != NULL)
        ret_names[count++] = CK_VARIABLE_POLICY;
    return count;
}

void ck_policy_forget_environment(void)
{
    const char *names[CK_POLICY_VARIABLES_MAX];
    unsigned count = ck_policy_variables(names);

    for (unsigned i = 0; i < count; i++)
        unsetenv(names[i]);
}

int ck_policy_use_file(const char *file)
{
    char directory[PATH_MAX];
    char *path = NULL;

    if (file[0] != '/' && getcwd(directory, sizeof(directory)) == NULL) {
        perror("capkeep: the working directory");
        return -1;
    }
    int length = file[0] == '/' ? asprintf(&path, "%s", file) : asprintf(&path, "%s/%s", directory, file);
    int result = length >= 0 ? setenv(CK_VARIABLE_POLICY, path, 1) : -1;
    if (result < 0)
        perror("capkeep: " CK_VARIABLE_POLICY);
    if (length >= 0)
        free(path);
    return result;
}
