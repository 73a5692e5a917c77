#include "explain_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/cold/load.h"
#include "../common/exit.h"
#include "../common/number.h"
#include "../common/options.h"

enum { OPTION_POLICY = 0x100, OPTION_LAUNCHER, OPTION_PID, OPTION_FROM, OPTION_FORMAT, OPTION_HELP };

static const struct option long_options[] = {
    {"ambient", required_argument, NULL, 'a'},
    {"user", required_argument, NULL, 'u'},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"launcher", required_argument, NULL, OPTION_LAUNCHER},
    {"pid", required_argument, NULL, OPTION_PID},
    {"from", required_argument, NULL, OPTION_FROM},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "Usage: capkeep explain [-u USER] [-a CAPS] [--policy FILE] [--launcher PATH] PROGRAM\n"
    "       capkeep explain LAUNCHER\n"
    "       capkeep explain --pid PID [-a CAPS]\n"
    "\n"
    "Predicts, without running anything, what capabilities PROGRAM will have when a launcher starts it as USER, and "
    "for\n"
    "each that is wanted and does not arrive says why and what helps. Without -a and --policy, the policy is that of "
    "the\n"
    "environment, or else that of " CK_CONF_FILE "; where there is none, it tells what the kernel does by\n"
    "itself. Without -u and a policy: how LAUNCHER can be served.\n"
    "\n"
    "  -a, --ambient CAPS     wanted: names with or without cap_, or numbers, separated by commas\n"
    "  -u, --user USER        whom the launcher becomes; default: the User= of the rules, if it is one\n"
    "      --policy FILE      the rules of this file\n"
    "      --launcher PATH    by this launcher; default: by one that the library reaches\n"
    "      --pid PID          a running process: what it has, what it cannot get and why\n"
    "      --from WHO         current: from the credentials of this process (the default for root); root: from root\n"
    "                         with the bounding set of this process (the default for others)\n"
    "      --format FORM      text or json\n"
    "      --help\n"
    "\n"
    "Exit status: 0 all that is wanted arrives, 1 not, 125 capkeep itself failed.\n";

static int fail(const char *what, const char *value)
{
    fprintf(stderr, "capkeep: explain: %s%s\n", what, value);
    return CK_EXIT_FAILED;
}

static int add_caps(struct ck_explain_options *options, const char *value)
{
    char *joined;

    if (asprintf(&joined, "%s %s", options->ambient != NULL ? options->ambient : "", value) < 0) {
        perror("capkeep: explain");
        return CK_EXIT_FAILED;
    }
    free(options->ambient);
    options->ambient = joined;
    return 0;
}

static int set_from(struct ck_explain_options *options, const char *value)
{
    static const char *const words[] = {"current", "root", NULL};
    int chosen = ck_options_choose("explain", "--from", value, words);

    if (chosen < 0)
        return CK_EXIT_FAILED;
    options->from = chosen == 0 ? CK_FROM_CURRENT : CK_FROM_ROOT;
    return 0;
}

static int set_format(struct ck_explain_options *options, const char *value)
{
    static const char *const words[] = {"text", "json", NULL};
    int chosen = ck_options_choose("explain", "--format", value, words);

    options->json = chosen == 1;
    return chosen >= 0 ? 0 : CK_EXIT_FAILED;
}

static int read_option(struct ck_explain_options *options, int option)
{
    switch (option) {
    case 'a':
        return add_caps(options, optarg);
    case 'u':
        options->user = optarg;
        return 0;
    case OPTION_POLICY:
        options->policy = optarg;
        return 0;
    case OPTION_LAUNCHER:
        options->launcher = optarg;
        return 0;
    case OPTION_PID:
        return ck_number_pid(optarg, &options->pid) == 0 ? 0 : fail("not a process ID: --pid=", optarg);
    case OPTION_FROM:
        return set_from(options, optarg);
    case OPTION_FORMAT:
        return set_format(options, optarg);
    case OPTION_HELP:
        fputs(help, stdout);
        exit(0);
    default:
        return CK_EXIT_FAILED; /* it was told what is wrong */
    }
}

static int check(const struct ck_explain_options *options, int left)
{
    bool of_launch =
        options->user != NULL || options->policy != NULL || options->launcher != NULL || options->from != CK_FROM_ANY;

    if (options->pid != 0 && left > 0)
        return fail("either a PROGRAM or --pid; `capkeep explain --help` tells", "");
    if (options->pid != 0 && of_launch)
        return fail("a running process has no -u, --policy, --launcher or --from", "");
    if (options->pid == 0 && left == 0)
        return fail("which PROGRAM? `capkeep explain --help` tells", "");
    if (left > 1)
        return fail("one PROGRAM, without arguments; `capkeep explain --help` tells", "");
    return 0;
}

int ck_explain_options_read(int argc, char *argv[], struct ck_explain_options *ret_options)
{
    int option;

    *ret_options = (struct ck_explain_options){0};
    while ((option = ck_options_next(argc, argv, ":a:u:", long_options)) != -1) {
        int status = read_option(ret_options, option);
        if (status != 0)
            return status;
    }
    ret_options->program = argv[optind];
    return check(ret_options, argc - optind);
}

bool ck_explain_options_has_launch(const struct ck_explain_options *options)
{
    return options->user != NULL || options->ambient != NULL || options->policy != NULL || options->launcher != NULL;
}
