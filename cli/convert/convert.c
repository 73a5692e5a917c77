/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convert.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/core/nearest.h"
#include "convert_from.h"
#include "convert_to.h"
#include "input.h"
#include "../common/exit.h"
#include "../common/policy.h"
#include "../verbs.h"

static int from(int kind, const char *file)
{
    static void (*const functions[])(struct ck_conversion *conversion, const char *file, char *text) = {
        [CK_FROM_SYSTEMD] = ck_convert_from_systemd,
        [CK_FROM_PAM_CAP] = ck_convert_from_pam_cap,
        [CK_FROM_OPENRC] = ck_convert_from_openrc,
    };
    bool is_file = strcmp(file, "-") != 0;
    const char *name = is_file ? file : "standard input";
    struct ck_conversion conversion;
    struct ck_input input;

    int status = ck_input_read(file, name, &input);
    if (status != 0)
        return status;
    ck_conversion_start(&conversion, name);
    if (input.is_anybodys)
        ck_conversion_fail(&conversion, 0, "everybody can write it, so it is not trusted");
    functions[kind](&conversion, is_file ? file : NULL, input.text);
    status = ck_conversion_end(&conversion);
    free(input.text);
    return status;
}

static const struct ck_rule *find_rule(const struct ck_policy *policy, const char *name)
{
    struct ck_nearest nearest = CK_NEAREST_NONE;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const char *rule = ck_policy_text(policy, policy->rules[i].name);

        if (strcmp(name, rule) == 0)
            return &policy->rules[i];
        (void)ck_nearest_offer(&nearest, name, strlen(name), rule); /* its name is in `nearest` */
    }
    if (policy->rule_count == 0)
        (void)ck_fail("convert", "the policy has no rule");
    else if (nearest.name == NULL)
        (void)ck_fail("convert", "no rule is called \"%s\"", name);
    else
        (void)ck_fail("convert", "no rule is called \"%s\"; did you mean %s?", name, nearest.name);
    return NULL;
}

/* `name` is NULL for all rules. */
static int to(int kind, const char *file, const char *name)
{
    static int (*const functions[])(const struct ck_policy *policy, const struct ck_rule *rule) = {
        [CK_TO_SETPRIV] = ck_convert_to_setpriv,
        [CK_TO_SYSTEMD] = ck_convert_to_systemd,
        [CK_TO_PAM_CAP] = ck_convert_to_pam_cap,
        [CK_TO_DROPIN] = ck_convert_to_dropin,
    };
    static struct ck_policy policy;
    struct ck_log log;

    if (file != NULL) {
        ck_policy_forget_environment();
        if (ck_policy_use_file(file) < 0)
            return CK_EXIT_FAILED;
    }
    if (ck_policy_load(NULL, NULL, &policy, &log) < 0)
        return CK_EXIT_FAILED;
    if (name == NULL && policy.rule_count > 0)
        return functions[kind](&policy, NULL);
    const struct ck_rule *rule = find_rule(&policy, name);
    return rule != NULL ? functions[kind](&policy, rule) : CK_EXIT_FAILED;
}

struct options {
    int from; /* a kind's number in the table; -1 where not given */
    int to;
    const char *file; /* or NULL */
};

static int take(void *context, const struct ck_given *given)
{
    struct options *options = context;

    switch ((enum ck_convert_option)given->id) {
    case CK_CONVERT_FROM:
        options->from = given->word;
        return 0;
    case CK_CONVERT_TO:
        options->to = given->word;
        return 0;
    case CK_CONVERT_POLICY:
        options->file = given->value;
        return 0;
    }
    return CK_EXIT_FAILED;
}

int ck_verb_convert(int argc, char *argv[])
{
    struct options options = {.from = -1, .to = -1};
    int status;

    if (!ck_options_read(&ck_convert_table, argc, argv, take, &options, &status))
        return status;
    bool is_clear = options.from >= 0 ? options.to < 0 && options.file == NULL : options.to >= 0;
    /* A unit's drop-in may be for the whole policy, the others are one rule's. */
    bool is_for_all = options.from < 0 && options.to == CK_TO_DROPIN && optind == argc;
    if (!is_clear || (optind != argc - 1 && !is_for_all)) {
        return ck_fail("convert", "give either --from KIND FILE or --to KIND RULE; see `capkeep convert --help`");
    }
    return options.from >= 0 ? from(options.from, argv[optind]) : to(options.to, options.file, argv[optind]);
}
