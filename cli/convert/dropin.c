/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../shim/core/text.h"
#include "../common/library.h"
#include "../common/policy.h"
#include "../common/utf8.h"
#include "convert_to.h"

/* What the service is to have in its environment: the library, and the policy unless that is the installed one. */
struct variables {
    unsigned count;
    struct {
        const char *name;
        const char *value;
    } list[1 + CK_POLICY_VARIABLES_MAX];
};

static int none(const char *why)
{
    fprintf(stderr, "capkeep: convert: systemd-dropin has no equivalent: %s\n", why);
    return 1;
}

static void add(struct variables *variables, const char *name, const char *value)
{
    variables->list[variables->count].name = name;
    variables->list[variables->count++].value = value;
}

/* --- one rule, as the variables that mean the same */

static void add_path(const struct ck_policy *policy, const struct ck_range *paths, struct ck_text *text)
{
    const struct ck_path *path = &policy->paths[paths->first];

    ck_text_string(text, ck_policy_text(policy, path->text));
    ck_text_string(text, path->directory ? "/*" : "");
}

static void add_value(const struct ck_policy *policy, const struct ck_rule *rule, enum ck_directive directive,
                      struct ck_text *text)
{
    switch (directive) {
    case CK_USER:
        ck_convert_users_text(text, policy, rule);
        return;
    case CK_LAUNCHER:
        add_path(policy, &rule->launchers, text);
        return;
    case CK_PROGRAM:
        add_path(policy, &rule->programs, text);
        return;
    case CK_AMBIENT: /* of both together, CAPKEEP_IAB says all */
        if ((rule->given & 1U << CK_IAB) == 0)
            ck_text_caps(text, rule->ambient_mask);
        return;
    case CK_IAB:
        ck_convert_iab_text(text, rule);
        return;
    case CK_BOUNDING:
        ck_text_caps(text, rule->bounding_mask);
        return;
    case CK_NO_NEW_PRIVS:
        ck_text_string(text, rule->no_new_privs ? "yes" : "no");
        return;
    case CK_GUARD:
        ck_text_string(text, rule->guard ? "yes" : "no");
        return;
    case CK_DESCENDANTS:
        ck_text_string(text, rule->no_descendants ? "no" : "yes");
        return;
    case CK_ON_FAILURE:
        ck_text_string(text, rule->refuse ? "refuse" : "continue");
        return;
    case CK_DIRECTIVE_COUNT:
        return;
    }
}

static int add_rule(struct variables *variables, const struct ck_policy *policy, const struct ck_rule *rule)
{
    static char values[CK_DIRECTIVE_COUNT][16384];

    if (rule->for_nobody)
        return none("no user of the rule exists here");
    if ((rule->given & (1U << CK_AMBIENT | 1U << CK_IAB)) == 0)
        return none("the environment has no rule that keeps nothing");
    if (rule->programs.count > 1 || rule->launchers.count > 1)
        return none("a variable has room for one path, and the rule has several; without RULE the whole policy counts");
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++) {
        struct ck_text text = ck_text_start(values[directive], sizeof(values[directive]));

        if ((rule->given & 1U << directive) == 0)
            continue;
        add_value(policy, rule, directive, &text);
        if (text.length == sizeof(values[directive]) - 1)
            return none("it is too long for a variable; without RULE the whole policy counts");
        if (text.length > 0)
            add(variables, ck_directive_variable(directive), values[directive]);
    }
    return 0;
}

/* --- the policy as a whole: what is installed is read where it is */

static void add_policy(struct variables *variables)
{
    const char *names[CK_POLICY_VARIABLES_MAX];
    unsigned count = ck_policy_variables(names);

    for (unsigned i = 0; i < count; i++)
        add(variables, names[i], getenv(names[i]));
}

/* --- the unit */

static bool can_be_in_unit(const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            return false;
    }
    return ck_utf8_is(value);
}

/* systemd.exec(5), Environment=: a word may be quoted as in C, and a "%" is doubled. */
static void print_variable(const char *name, const char *value)
{
    printf("Environment=\"%s=", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            putchar('\\');
        printf(*value == '%' ? "%%%%" : "%c", *value);
    }
    puts("\"");
}

int ck_convert_to_dropin(const struct ck_policy *policy, const struct ck_rule *rule)
{
    struct variables variables = {0};
    int status = 0;

    add(&variables, "LD_PRELOAD", ck_library_find());
    if (rule != NULL)
        status = add_rule(&variables, policy, rule);
    else
        add_policy(&variables);
    for (unsigned i = 0; status == 0 && i < variables.count; i++) {
        if (!can_be_in_unit(variables.list[i].value))
            status = none("a unit holds no control characters, and no letters that are not UTF-8");
    }
    if (status != 0)
        return status;
    puts("# /etc/systemd/system/NAME.service.d/capkeep.conf; then systemctl daemon-reload\n[Service]");
    for (unsigned i = 0; i < variables.count; i++)
        print_variable(variables.list[i].name, variables.list[i].value);
    return 0;
}
