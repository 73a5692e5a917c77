/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convert_from.h"

#include <stdlib.h>
#include <string.h>

#include "../common/exit.h"
#include "draft.h"
#include "script.h"

/* What openrc-run(8)'s start functions make their command lines of (start-stop-daemon.sh, supervise-daemon.sh). */
enum {
    COMMAND,
    COMMAND_USER,
    CAPABILITIES,
    NO_NEW_PRIVS,
    SECBITS,
    CHROOT,
    SUPERVISOR,
    START_STOP_ARGS,
    SUPERVISE_ARGS,
    VARIABLE_COUNT
};

struct service {
    struct ck_conversion *conversion;
    struct ck_script_variable variables[VARIABLE_COUNT + 1];
    const char *user;
    unsigned user_line;
    const char *caps;
    unsigned caps_line;
    bool no_new_privs;
};

static const char *value_of(const struct service *service, int variable)
{
    return service->variables[variable].value;
}

static unsigned line_of(const struct service *service, int variable)
{
    return service->variables[variable].line;
}

/* --- start_stop_daemon_args, supervise_daemon_args */

static const struct option_of_daemon {
    const char *name;
    bool has_value;
} plain_options[] = {
    {"--background", false},
    {"--chdir", true},
    {"--env", true},
    {"--group", true},
    {"--healthcheck-delay", true},
    {"--healthcheck-timer", true},
    {"--interpreted", false},
    {"--ionice", true},
    {"--make-pidfile", false},
    {"--name", true},
    {"--nicelevel", true},
    {"--nocolor", false},
    {"--notify", true},
    {"--oknodo", false},
    {"--oom-score-adj", true},
    {"--pidfile", true},
    {"--progress", false},
    {"--quiet", false},
    {"--respawn-delay", true},
    {"--respawn-max", true},
    {"--respawn-period", true},
    {"--retry", true},
    {"--scheduler", true},
    {"--scheduler-priority", true},
    {"--signal", true},
    {"--stderr", true},
    {"--stderr-logger", true},
    {"--stdout", true},
    {"--stdout-logger", true},
    {"--umask", true},
    {"--verbose", false},
    {"--wait", true},
};

static void set_once(struct service *service, const char *what, const char *value, unsigned line,
                     const char **ret_value, unsigned *ret_line)
{
    if (*ret_value != NULL)
        ck_conversion_fail(service->conversion, line, "%s: given a second time", what);
    *ret_value = value;
    *ret_line = line;
}

static bool is_plain(const char *word, bool has_value)
{
    for (size_t i = 0; i < sizeof(plain_options) / sizeof(plain_options[0]); i++) {
        if (strcmp(word, plain_options[i].name) == 0 && plain_options[i].has_value == has_value)
            return true;
    }
    return false;
}

static bool takes_value(const char *word)
{
    return is_plain(word, true) || strcmp(word, "--user") == 0 || strcmp(word, "--capabilities") == 0;
}

static void read_option(struct service *service, const char *word, const char *value, unsigned line)
{
    if (strcmp(word, "--user") == 0 && value != NULL)
        set_once(service, word, value, line, &service->user, &service->user_line);
    else if (strcmp(word, "--capabilities") == 0 && value != NULL)
        set_once(service, word, value, line, &service->caps, &service->caps_line);
    else if (strcmp(word, "--no-new-privs") == 0 && value == NULL)
        service->no_new_privs = true;
    else if (!is_plain(word, value != NULL))
        ck_conversion_fail(service->conversion, line, "\"%s\" is not understood here: write the rule by hand", word);
}

/* The variable's value is read by a shell once more (eval): what has a sign of its own there is not understood. */
static void read_arguments(struct service *service, int variable)
{
    unsigned line = line_of(service, variable);
    char *text = value_of(service, variable) != NULL ? service->variables[variable].value : NULL;
    char *rest = NULL;

    if (text == NULL)
        return;
    if (strpbrk(text, "\"'`$\\;&|<>()*?[#~") != NULL) {
        ck_conversion_fail(service->conversion, line, "%s=: the shell evaluates it again: write the rule by hand",
                           service->variables[variable].name);
        return;
    }
    for (char *word = strtok_r(text, " \t\n", &rest); word != NULL; word = strtok_r(NULL, " \t\n", &rest)) {
        char *equals = strchr(word, '=');
        const char *value = equals != NULL ? equals + 1 : NULL;

        if (equals != NULL)
            *equals = '\0';
        else if (takes_value(word))
            value = strtok_r(NULL, " \t\n", &rest);
        read_option(service, word, value, line);
    }
}

/* --- the rule */

static void read_supervisor(struct service *service)
{
    const char *supervisor = value_of(service, SUPERVISOR);
    const char *args = value_of(service, SUPERVISE_ARGS);

    if (supervisor == NULL || *supervisor == '\0' || strcmp(supervisor, "start-stop-daemon") == 0)
        read_arguments(service, START_STOP_ARGS);
    else if (strcmp(supervisor, "supervise-daemon") == 0)
        read_arguments(service, args != NULL && *args != '\0' ? SUPERVISE_ARGS : START_STOP_ARGS);
    else
        ck_conversion_fail(service->conversion, line_of(service, SUPERVISOR),
                           "supervisor=: \"%s\" starts it by means of its own", supervisor);
}

/* user[:group] */
static void set_user(struct service *service, struct ck_draft *draft)
{
    if (service->user == NULL || *service->user == '\0') {
        ck_conversion_fail(service->conversion, service->user_line,
                           "no command_user=: it is started as root, who has its capabilities without a rule");
        return;
    }
    size_t length = strcspn(service->user, ":");
    char *name = ck_memory(strndup(service->user, length));
    const char *why = ck_draft_why_no_user(name, true);
    if (why != NULL)
        ck_conversion_fail(service->conversion, service->user_line, "command_user=: \"%s\" %s", name, why);
    else
        ck_texts_add(&draft->users, name, length);
    free(name);
}

static void set_program(struct service *service, struct ck_draft *draft)
{
    const char *command = value_of(service, COMMAND);

    if (command == NULL || *command == '\0') {
        ck_conversion_fail(service->conversion, line_of(service, COMMAND),
                           "no command=, and so no program that a rule could be for");
        return;
    }
    const char *why = ck_draft_why_no_program(command);
    if (strpbrk(command, " \t\n\"'`$\\;&|<>()#~{}!") != NULL)
        why = "is more than a path to the shell, which evaluates it again";
    if (why != NULL)
        ck_conversion_fail(service->conversion, line_of(service, COMMAND), "command=: \"%s\" %s", command, why);
    else
        ck_texts_add(&draft->programs, command, strlen(command));
}

static void set_caps(struct service *service, struct ck_draft *draft)
{
    if (service->caps == NULL || *service->caps == '\0') {
        ck_conversion_fail(service->conversion, service->caps_line,
                           "there is no capabilities=, so there is nothing to keep");
        return;
    }
    const char *why = ck_draft_why_no_iab(service->caps);
    if (why != NULL)
        ck_conversion_fail(service->conversion, service->caps_line, "capabilities=: \"%s\" %s", service->caps, why);
    draft->iab = service->caps;
}

static void refuse(struct service *service, int variable, const char *why)
{
    if (value_of(service, variable) != NULL && *value_of(service, variable) != '\0')
        ck_conversion_fail(service->conversion, line_of(service, variable), "%s=: %s",
                           service->variables[variable].name, why);
}

void ck_convert_from_openrc(struct ck_conversion *conversion, const char *file, char *text)
{
    static const char *const functions[] = {
        "start", "ssd_start", "supervise_start", "start-stop-daemon", "supervise-daemon", NULL};
    static const char *const texts[] = {"--cap", "--secbits", NULL};
    struct service service = {
        .conversion = conversion,
        .variables = {[COMMAND] = {.name = "command"},
                      [COMMAND_USER] = {.name = "command_user"},
                      [CAPABILITIES] = {.name = "capabilities"},
                      [NO_NEW_PRIVS] = {.name = "no_new_privs"},
                      [SECBITS] = {.name = "secbits"},
                      [CHROOT] = {.name = "chroot"},
                      [SUPERVISOR] = {.name = "supervisor"},
                      [START_STOP_ARGS] = {.name = "start_stop_daemon_args"},
                      [SUPERVISE_ARGS] = {.name = "supervise_daemon_args"}},
    };
    struct ck_draft draft = {0};
    const char *no_new_privs;

    ck_script_read(conversion, text, &(struct ck_script_rules){service.variables, functions, texts});
    service.user = value_of(&service, COMMAND_USER);
    service.user_line = line_of(&service, COMMAND_USER);
    service.caps = value_of(&service, CAPABILITIES);
    service.caps_line = line_of(&service, CAPABILITIES);
    read_supervisor(&service);
    /* What is missing may be where the script has not been understood. */
    if (conversion->failures == 0) {
        set_user(&service, &draft);
        set_program(&service, &draft);
        set_caps(&service, &draft);
    }
    refuse(&service, SECBITS, "a rule does not set securebits");
    refuse(&service, CHROOT, "the program lies in a file system of its own, and a rule's path in this one");
    /* openrc-run asks whether it is empty, not what it says. */
    no_new_privs = value_of(&service, NO_NEW_PRIVS);
    draft.no_new_privs = service.no_new_privs || (no_new_privs != NULL && *no_new_privs != '\0');
    ck_draft_name(&draft, file != NULL ? file : "service", "");
    ck_draft_print(&draft, conversion->out);
    for (int i = 0; i < VARIABLE_COUNT; i++)
        free(service.variables[i].value);
    ck_texts_clear(&draft.users);
    ck_texts_clear(&draft.programs);
}
