/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/environ_rewrite.h"
#include "../core/nearest.h"
#include "../core/policy_match.h"
#include "../core/text.h"
#include "resolve.h"
#include "trust.h"

/* --- the environment */

static void complain(struct ck_load *load, const char *file, unsigned line, const char *name, const char *sentence)
{
    struct ck_parse_error error;
    struct ck_text text = ck_text_start(error.text, sizeof(error.text));

    ck_text_string(&text, name);
    ck_text_string(&text, ": ");
    ck_text_string(&text, sentence);
    ck_report_error(load->report, file, line, error.text);
}

static void complain_of_variable(struct ck_load *load, const char *variable, const char *sentence)
{
    complain(load, NULL, 0, variable, sentence);
}

/* The names of all variables, one after the other: those of the directives first. NULL behind the last. */
static const char *known_variable(unsigned index)
{
    switch (index) {
    case CK_DIRECTIVE_COUNT:
        return CK_VARIABLE_POLICY;
    case CK_DIRECTIVE_COUNT + 1:
        return CK_VARIABLE_LOG;
    case CK_DIRECTIVE_COUNT + 2:
        return CK_VARIABLE_LOG_LEVEL;
    case CK_DIRECTIVE_COUNT + 3:
        return CK_VARIABLE_DISABLE;
    case CK_DIRECTIVE_COUNT + 4:
        return CK_VARIABLE_METHOD;
    default:
        return index < CK_DIRECTIVE_COUNT ? ck_directive_variable((enum ck_directive)index) : NULL;
    }
}

/*
 * A variable that is nearly one of ours is a slip that would keep nothing, or too much, in silence. What is far from
 * all of them may be of a later version, and is let be.
 */
static void check_spelling(struct ck_load *load, const char *string)
{
    struct ck_parse_error error;
    size_t length = strcspn(string, "=");
    char name[CK_NEAREST_MAX];
    const char *nearest = NULL;
    const char *known;

    if (!ck_environ_is_ours(string) || length >= sizeof(name))
        return;
    memcpy(name, string, length);
    name[length] = '\0';
    for (unsigned i = 0; (known = known_variable(i)) != NULL; i++) {
        if (strcmp(name, known) == 0)
            return;
    }
    for (unsigned i = 0; (known = known_variable(i)) != NULL; i++) {
        if (ck_edit_distance(name, length, known) <= 2)
            nearest = known;
    }
    if (nearest == NULL)
        return;
    (void)ck_parse_fail(&error, "unknown variable", name); /* reported below */
    ck_parse_suggest(&error, nearest);
    ck_report_error(load->report, NULL, 0, error.text);
}

static void load_variable(struct ck_load *load, struct ck_rule *rule, enum ck_directive directive)
{
    const char *variable = ck_directive_variable(directive);
    const char *value = ck_environ_find(environ, variable);
    struct ck_parse_error error;

    if (value == NULL)
        return;
    if (rule == NULL)
        complain_of_variable(load, variable, "restricts a rule, and there is none: CAPKEEP_AMBIENT is not set");
    else if (ck_rule_set(load->policy, rule, directive, value, load->resolver, &error) < 0)
        complain_of_variable(load, variable, error.text);
}

static void load_environment(struct ck_load *load)
{
    struct ck_policy *policy = load->policy;
    struct ck_rule *rule = NULL;
    struct ck_parse_error error;

    for (char **string = environ; string != NULL && *string != NULL; string++)
        check_spelling(load, *string);
    if (ck_environ_find(environ, ck_directive_variable(CK_AMBIENT)) != NULL ||
        ck_environ_find(environ, ck_directive_variable(CK_IAB)) != NULL) {
        static const char name[] = "environment";
        rule = &policy->rules[policy->rule_count++];
        (void)ck_policy_add_text(policy, name, sizeof(name) - 1, &rule->name); /* the first text always fits */
    }
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++)
        load_variable(load, rule, directive);
    if (rule != NULL && load->report->count == 0 && ck_rule_check(rule, &error) < 0)
        complain_of_variable(load, ck_directive_variable(CK_AMBIENT), error.text);
}

/* --- files */

/* The user who runs this is trusted with his own files, unless they would count for somebody else. */
static uid_t trusted_owner(const struct ck_load *load)
{
    return load->ignores_environment || getauxval(AT_UID) != getauxval(AT_EUID) ? 0 : (uid_t)getauxval(AT_UID);
}

/*
 * An installed file or folder need not be there. Where it is not, it is of no interest that the way to where it would be
 * is not trusted: in a user namespace / itself may belong to somebody who has no number there. A link to nowhere is
 * there: somebody meant something to be at its other end.
 */
static bool is_absent(const char *path)
{
    struct stat link;

    return lstat(path, &link) < 0 && errno == ENOENT;
}

/* `optional`: it is an installed one, one that was named has to be there. `folder`: which is open, or NULL. */
static void load_file(struct ck_load *load, const char *path, const struct ck_trust_folder *folder, bool optional)
{
    struct ck_parse_error error;
    char *text;
    size_t length;
    int result = ck_trust_read(path, folder, trusted_owner(load), &text, &length, &error);

    if (result < 0 && optional && is_absent(path))
        return;
    if (result == -ENOENT)
        (void)ck_parse_fail(&error, "no such policy file:", path); /* reported below */
    if (result < 0) {
        ck_report_error(load->report, NULL, 0, error.text);
        return;
    }
    ck_policy_file_parse(path, text, length, load->resolver, load->policy, &load->log, load->report);
    free(text);
}

static void load_drop_in(struct ck_load *load, const struct ck_trust_folder *folder, const char *name)
{
    char path[sizeof(CK_CONF_DROP_INS "/") + NAME_MAX];

    strcpy(path, CK_CONF_DROP_INS "/");
    strcpy(path + sizeof(CK_CONF_DROP_INS), name);
    load_file(load, path, folder, true);
}

static void load_installed(struct ck_load *load)
{
    struct ck_parse_error error;
    struct ck_trust_folder folder;

    load_file(load, CK_CONF_FILE, NULL, true);
    int result = ck_trust_open(CK_CONF_DROP_INS, trusted_owner(load), &folder, &error);
    if (result < 0 && is_absent(CK_CONF_DROP_INS))
        return;
    if (result < 0) {
        ck_report_error(load->report, NULL, 0, error.text);
        return;
    }
    for (int i = 0; i < result; i++)
        load_drop_in(load, &folder, folder.names[i]);
    ck_trust_close(&folder);
}

static void load_log_variables(struct ck_load *load)
{
    const char *log = ck_environ_find(environ, CK_VARIABLE_LOG);
    const char *level = ck_environ_find(environ, CK_VARIABLE_LOG_LEVEL);
    struct ck_parse_error error;

    if (log != NULL && ck_policy_log_parse(log, &load->log, &error) < 0)
        complain_of_variable(load, CK_VARIABLE_LOG, error.text);
    if (level != NULL && ck_policy_log_level_parse(level, &load->log, &error) < 0)
        complain_of_variable(load, CK_VARIABLE_LOG_LEVEL, error.text);
}

/* What it says was asked for before all else; here it is only whether it says anything. */
static void check_disable(struct ck_load *load)
{
    struct ck_parse_error error;
    bool is_disabled;

    if (ck_load_is_disabled(environ, &is_disabled, &error) < 0)
        complain_of_variable(load, CK_VARIABLE_DISABLE, error.text);
}

static void load_method(struct ck_load *load)
{
    const char *value = ck_environ_find(environ, CK_VARIABLE_METHOD);

    if (value == NULL || strcmp(value, "preload") == 0)
        return;
    if (strcmp(value, "auto") == 0)
        load->supervisor = CK_COMMAND;
    else if (value[0] == '/' && strlen(value) < PATH_MAX)
        load->supervisor = value;
    else
        complain_of_variable(load, CK_VARIABLE_METHOD, "neither preload nor auto nor the absolute path of capkeep");
}

static void load_all(struct ck_load *load)
{
    const char *file = load->ignores_environment ? NULL : ck_environ_find(environ, CK_VARIABLE_POLICY);

    if (!load->ignores_environment)
        load_environment(load);
    load->is_installed = file == NULL && load->policy->rule_count == 0;
    if (file != NULL)
        load_file(load, file, NULL, false);
    if (load->is_installed)
        load_installed(load);
    if (!load->ignores_environment) {
        load_log_variables(load);
        load_method(load);
        check_disable(load);
    }
}

int ck_load_is_disabled(char *const *envp, bool *ret_is_disabled, struct ck_parse_error *ret_error)
{
    const char *value = ck_environ_find(envp, CK_VARIABLE_DISABLE);

    *ret_is_disabled = false;
    return value != NULL ? ck_parse_bool(value, ret_is_disabled, ret_error) : 0;
}

/* What was left out while it was not known which rules can match here. */
static int look_programs_up(struct ck_load *load)
{
    struct ck_policy *policy = load->policy;
    struct ck_parse_error error;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (rule->foreign || ck_rule_look_programs_up(policy, rule, load->resolver, &error) == 0)
            continue;
        if (rule->line == 0)
            complain_of_variable(load, ck_directive_variable(CK_PROGRAM), error.text);
        else
            complain(load, ck_policy_text(policy, rule->file), rule->line, "Program=", error.text);
        return -EINVAL;
    }
    return (int)policy->rule_count;
}

static int load_and_judge(struct ck_load *load)
{
    load_all(load);
    /* A mistake in a rule for other launchers gives this one nothing, and takes nothing from it. */
    if (load->report->count > load->report->aside_count)
        return -EINVAL;
    const char *executable = NULL;
    if (load->find_executable != NULL && ck_match_has_launchers(load->policy))
        executable = load->find_executable(load->context);
    bool is_known = executable != NULL && executable[0] != '\0';
    if (ck_match_is_broken(load->policy, is_known ? executable : NULL))
        return -EINVAL;
    if (executable != NULL)
        ck_match_set_launcher(load->policy, executable);
    return look_programs_up(load);
}

int ck_load_policy(struct ck_load *load)
{
    struct ck_system system;
    struct ck_resolver resolver = ck_system_resolver(&system);

    resolver.programs_wait = load->is_own;
    load->log.kind = CK_LOG_SYSLOG;
    load->resolver = &resolver;
    int count = load_and_judge(load);
    load->resolver = NULL;
    return count;
}
