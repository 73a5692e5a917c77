#include <stdio.h>

#include "../common/exit.h"
#include "lint.h"
#include "../common/options.h"
#include "../common/policy.h"
#include "../verbs.h"

static const struct option options[] = {
    {"policy", required_argument, NULL, 'p'},
    {"strict", no_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void usage(FILE *stream)
{
    fputs("Usage: capkeep check [--policy FILE] [--strict]\n"
          "\n"
          "Reads the policy as the library would here: that of CAPKEEP_* in the environment, or else\n" CK_CONF_FILE
          " and " CK_CONF_DROP_INS "/*.conf. Tells every mistake, and what is valid\n"
          "but probably not meant.\n"
          "\n"
          "      --policy FILE   this file instead\n"
          "      --strict        a warning counts as a mistake\n"
          "      --help\n"
          "\n"
          "Exit status: 0 valid, 1 not, 125 capkeep itself failed.\n",
          stream);
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
    const char *file = NULL;
    bool strict = false;
    int option;

    while ((option = ck_options_next(argc, argv, ":", options)) != -1) {
        if (option == 'h') {
            usage(stdout);
            return 0;
        }
        if (option == '?')
            return CK_EXIT_FAILED; /* it was told what is wrong */
        if (option == 's')
            strict = true;
        else
            file = optarg;
    }
    if (optind < argc) {
        fprintf(stderr, "capkeep: check: what is %s? `capkeep check --help` tells\n", argv[optind]);
        return CK_EXIT_FAILED;
    }
    if (file != NULL) {
        ck_policy_forget_environment();
        if (ck_policy_use_file(file) < 0)
            return CK_EXIT_FAILED;
    }
    if (ck_policy_load(NULL, &policy, &log) < 0)
        return 1;
    if (policy.rule_count == 0)
        puts("there is no rule, so nothing is kept");
    unsigned warnings = ck_lint(&policy, say_warning);
    return strict && warnings > 0 ? 1 : 0;
}
