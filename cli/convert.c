#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../shim/core/nearest.h"
#include "convert_from.h"
#include "convert_to.h"
#include "exit.h"
#include "policy.h"
#include "verbs.h"

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
    "Prints a policy that says what FILE says, or what RULE would be without capkeep, where there is such a thing.\n"
    "\n"
    "      --from KIND     FILE is a systemd unit, pam_cap's capability.conf, or an OpenRC service script\n"
    "      --to KIND       a command line, a unit, or a line of capability.conf\n"
    "      --policy FILE   RULE is in this file; else it is in the installed policy\n"
    "      --help\n"
    "\n"
    "Exit status: 0 converted, 1 not, with the reason on stderr; 125 capkeep itself failed.\n";

static const struct {
    const char *name;
    int (*from)(const char *file, FILE *stream);
    int (*to)(const struct ck_policy *policy, const struct ck_rule *rule);
} kinds[] = {
    {"systemd", ck_convert_from_systemd, ck_convert_to_systemd},
    {"pam_cap", ck_convert_from_pam_cap, ck_convert_to_pam_cap},
    {"openrc", ck_convert_from_openrc, NULL},
    {"setpriv", NULL, ck_convert_to_setpriv},
};

enum { KIND_COUNT = sizeof(kinds) / sizeof(kinds[0]) };

static int from(const char *kind, const char *file)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, kind) != 0 || kinds[i].from == NULL)
            continue;
        FILE *stream = fopen(file, "re");
        if (stream == NULL) {
            fprintf(stderr, "capkeep: convert: %s: %s\n", file, strerror(errno));
            return CK_EXIT_FAILED;
        }
        int status = kinds[i].from(file, stream);
        (void)fclose(stream); /* read only: nothing is lost with it */
        return status;
    }
    fprintf(stderr, "capkeep: convert: --from %s: neither systemd, pam_cap nor openrc\n", kind);
    return CK_EXIT_FAILED;
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
    static struct ck_policy policy;
    struct ck_log log;

    if (file != NULL) {
        ck_policy_forget_environment();
        if (ck_policy_use_file(file) < 0)
            return CK_EXIT_FAILED;
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, kind) != 0 || kinds[i].to == NULL)
            continue;
        if (ck_policy_load(NULL, &policy, &log) < 0)
            return CK_EXIT_FAILED;
        const struct ck_rule *rule = find_rule(&policy, name);
        return rule != NULL ? kinds[i].to(&policy, rule) : CK_EXIT_FAILED;
    }
    fprintf(stderr, "capkeep: convert: --to %s: neither setpriv, systemd nor pam_cap\n", kind);
    return CK_EXIT_FAILED;
}

int ck_verb_convert(int argc, char *argv[])
{
    const char *from_kind = NULL;
    const char *to_kind = NULL;
    const char *file = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
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
            return CK_EXIT_FAILED; /* getopt has said what is wrong */
        }
    }
    if ((from_kind == NULL) == (to_kind == NULL) || optind != argc - 1 || (from_kind != NULL && file != NULL)) {
        fputs("capkeep: convert: either --from KIND FILE or --to KIND RULE; `capkeep convert --help` tells\n", stderr);
        return CK_EXIT_FAILED;
    }
    return from_kind != NULL ? from(from_kind, argv[optind]) : to(to_kind, file, argv[optind]);
}
