#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/nearest.h"
#include "convert_from.h"
#include "convert_to.h"
#include "input.h"
#include "../common/exit.h"
#include "../common/options.h"
#include "../common/policy.h"
#include "../verbs.h"

static const struct option options[] = {
    {"from", required_argument, NULL, 'f'},
    {"to", required_argument, NULL, 't'},
    {"policy", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "Usage: capkeep convert --from systemd|pam_cap|openrc FILE\n"
    "       capkeep convert --to setpriv|systemd|pam_cap [--policy FILE] RULE\n"
    "\n"
    "Prints a policy that says what FILE says, and never more: what is not understood exactly is refused, with its\n"
    "line. Or prints what RULE would be without capkeep, where there is such a thing.\n"
    "\n"
    "      --from KIND     FILE (\"-\": standard input) is a systemd unit or what `systemctl cat` prints, pam_cap's\n"
    "                      capability.conf, or an OpenRC service script\n"
    "      --to KIND       a command line, a unit, or a line of capability.conf\n"
    "      --policy FILE   RULE is in this file; else it is in the installed policy\n"
    "      --help\n"
    "\n"
    "Exit status: 0 converted, 1 not, with the reason on stderr; 125 capkeep itself failed.\n";

static int from(const char *kind, const char *file)
{
    static const char *const kinds[] = {"systemd", "pam_cap", "openrc", NULL};
    static void (*const functions[])(struct ck_conversion * conversion, const char *file, char *text) = {
        ck_convert_from_systemd, ck_convert_from_pam_cap, ck_convert_from_openrc};
    int chosen = ck_options_choose("convert", "--from", kind, kinds);
    bool is_file = strcmp(file, "-") != 0;
    const char *name = is_file ? file : "standard input";
    struct ck_conversion conversion;
    struct ck_input input;

    if (chosen < 0)
        return CK_EXIT_FAILED;
    int status = ck_input_read(file, name, &input);
    if (status != 0)
        return status;
    ck_conversion_start(&conversion, name);
    functions[chosen](&conversion, is_file ? file : NULL, input.text);
    status = ck_conversion_end(&conversion);
    free(input.text);
    return status;
}

static const struct ck_rule *find_rule(const struct ck_policy *policy, const char *name)
{
    const struct ck_rule *nearest = NULL;
    unsigned best = ~0U;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        unsigned distance = ck_edit_distance(name, strlen(name), ck_policy_text(policy, policy->rules[i].name));

        if (strcmp(name, ck_policy_text(policy, policy->rules[i].name)) == 0)
            return &policy->rules[i];
        if (distance < best) {
            best = distance;
            nearest = &policy->rules[i];
        }
    }
    if (nearest == NULL)
        fputs("capkeep: convert: the policy has no rule\n", stderr);
    else
        fprintf(stderr, "capkeep: convert: no rule is called \"%s\"; did you mean %s?\n", name,
                ck_policy_text(policy, nearest->name));
    return NULL;
}

static int to(const char *kind, const char *file, const char *name)
{
    static const char *const kinds[] = {"setpriv", "systemd", "pam_cap", NULL};
    static int (*const functions[])(const struct ck_policy *policy, const struct ck_rule *rule) = {
        ck_convert_to_setpriv, ck_convert_to_systemd, ck_convert_to_pam_cap};
    static struct ck_policy policy;
    struct ck_log log;
    int chosen = ck_options_choose("convert", "--to", kind, kinds);

    if (chosen < 0)
        return CK_EXIT_FAILED;
    if (file != NULL) {
        ck_policy_forget_environment();
        if (ck_policy_use_file(file) < 0)
            return CK_EXIT_FAILED;
    }
    if (ck_policy_load(NULL, &policy, &log) < 0)
        return CK_EXIT_FAILED;
    const struct ck_rule *rule = find_rule(&policy, name);
    return rule != NULL ? functions[chosen](&policy, rule) : CK_EXIT_FAILED;
}

int ck_verb_convert(int argc, char *argv[])
{
    const char *from_kind = NULL;
    const char *to_kind = NULL;
    const char *file = NULL;
    int option;

    while ((option = ck_options_next(argc, argv, ":", options)) != -1) {
        switch (option) {
        case 'f':
            from_kind = optarg;
            break;
        case 't':
            to_kind = optarg;
            break;
        case 'p':
            file = optarg;
            break;
        case 'h':
            fputs(help, stdout);
            return 0;
        default:
            return CK_EXIT_FAILED; /* it was told what is wrong */
        }
    }
    bool is_clear = from_kind != NULL ? to_kind == NULL && file == NULL : to_kind != NULL;
    if (!is_clear || optind != argc - 1) {
        fputs("capkeep: convert: either --from KIND FILE or --to KIND RULE; `capkeep convert --help` tells\n", stderr);
        return CK_EXIT_FAILED;
    }
    return from_kind != NULL ? from(from_kind, argv[optind]) : to(to_kind, file, argv[optind]);
}
