#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../shim/hot/sys.h"
#include "become.h"
#include "exit.h"
#include "library.h"
#include "policy.h"
#include "search.h"
#include "verbs.h"

/* Options without a letter: the directive of the policy that they are, or one of these. */
enum { OPTION_POLICY = 0x100 + CK_DIRECTIVE_COUNT, OPTION_LOG, OPTION_HELP };

#define DIRECTIVE(directive) (0x100 + (directive))

static const struct option options[] = {
    {"ambient", required_argument, NULL, DIRECTIVE(CK_AMBIENT)},
    {"bounding", required_argument, NULL, DIRECTIVE(CK_BOUNDING)},
    {"iab", required_argument, NULL, DIRECTIVE(CK_IAB)},
    {"no-new-privs", no_argument, NULL, DIRECTIVE(CK_NO_NEW_PRIVS)},
    {"for-user", required_argument, NULL, DIRECTIVE(CK_USER)},
    {"for-program", required_argument, NULL, DIRECTIVE(CK_PROGRAM)},
    {"for-launcher", required_argument, NULL, DIRECTIVE(CK_LAUNCHER)},
    {"on-failure", required_argument, NULL, DIRECTIVE(CK_ON_FAILURE)},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"user", required_argument, NULL, 'u'},
    {"log", required_argument, NULL, OPTION_LOG},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void usage(FILE *stream)
{
    fputs(
        "Usage: capkeep run [OPTION...] [--] LAUNCHER [ARG...]\n"
        "       capkeep run -u USER [OPTION...] [--] PROGRAM [ARG...]\n"
        "\n"
        "Starts LAUNCHER so that the program which it starts as another user has the capabilities of the policy, and\n"
        "no more. With -u, capkeep is the launcher itself. Without -a, --iab and --policy, the policy is that of the\n"
        "environment or of " CK_CONF_FILE ".\n"
        "\n"
        "  -a, --ambient CAPS        keep these: names with or without cap_, or numbers, separated by commas\n"
        "  -b, --bounding CAPS       cut the bounding set down to these, for good\n"
        "      --iab TEXT            both, as libcap writes it: ^cap_net_raw,!cap_chown\n"
        "      --no-new-privs        set no_new_privs, for good\n"
        "      --policy FILE         the rules of this file\n"
        "  -u, --user USER           take on USER, with its groups; LAUNCHER is then the program\n"
        "      --for-user USER       only for changes to USER\n"
        "      --for-program PATH    only for this program; DIR/* for those in DIR\n"
        "      --for-launcher PATH   only in this launcher\n"
        "      --on-failure continue|refuse   what to do where something cannot be kept; with -u: refuse, else "
        "continue\n"
        "      --log none|stderr|syslog|/FILE\n"
        "      --help\n"
        "\n"
        "Exit status: that of LAUNCHER; 125 capkeep itself failed; 126 found but not executable; 127 not found.\n",
        stream);
}

struct run {
    const char *directives[CK_DIRECTIVE_COUNT]; /* by option; NULL where not given */
    const char *policy;
    const char *log;
    const char *user;
};

/* Lists given several times add up, as the lines of a policy file do; of the others each may be given once. */
static int set_directive(struct run *run, enum ck_directive directive, const char *value)
{
    const char **place = &run->directives[directive];
    char *joined;

    if (*place == NULL) {
        *place = value;
        return 0;
    }
    if (directive != CK_AMBIENT && directive != CK_BOUNDING && directive != CK_USER) {
        fprintf(stderr, "capkeep: run: %s= was given twice; several of them need a policy file\n",
                ck_directive_key(directive));
        return CK_EXIT_FAILED;
    }
    if (asprintf(&joined, "%s %s", *place, value) < 0)
        return CK_EXIT_FAILED;
    *place = joined;
    return 0;
}

static int read_option(struct run *run, int option)
{
    switch (option) {
    case 'a':
        return set_directive(run, CK_AMBIENT, optarg);
    case 'b':
        return set_directive(run, CK_BOUNDING, optarg);
    case 'u':
        run->user = optarg;
        return 0;
    case OPTION_POLICY:
        run->policy = optarg;
        return 0;
    case OPTION_LOG:
        run->log = optarg;
        return 0;
    case OPTION_HELP:
        usage(stdout);
        exit(0);
    case '?':
        return CK_EXIT_FAILED; /* getopt has said what is wrong */
    default:
        return set_directive(run, (enum ck_directive)(option - 0x100), optarg != NULL ? optarg : "yes");
    }
}

static int read_options(int argc, char *argv[], struct run *ret_run)
{
    int option;

    *ret_run = (struct run){0};
    while ((option = getopt_long(argc, argv, "+a:b:u:", options, NULL)) != -1) {
        int status = read_option(ret_run, option);
        if (status != 0)
            return status;
    }
    if (optind < argc)
        return 0;
    fputs("capkeep: run: which COMMAND? `capkeep run --help` tells\n", stderr);
    return CK_EXIT_FAILED;
}

/* The policy travels in the environment, also to ourselves: the shim's own loader judges it. */
static int set_environment(const struct run *run)
{
    /* A policy on the command line replaces that of the environment. */
    if (run->directives[CK_AMBIENT] != NULL || run->directives[CK_IAB] != NULL || run->policy != NULL)
        ck_policy_forget_environment();
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++) {
        const char *value = run->directives[directive];
        if (value != NULL && setenv(ck_directive_variable(directive), value, 1) < 0)
            return CK_EXIT_FAILED;
    }
    if (run->log != NULL && setenv(CK_VARIABLE_LOG, run->log, 1) < 0)
        return CK_EXIT_FAILED;
    return run->policy == NULL || ck_policy_use_file(run->policy) == 0 ? 0 : CK_EXIT_FAILED;
}

/* With -u the program is the one that was asked for: it starts as asked for or not at all, unless told otherwise. */
static int set_default_failure(const struct run *run)
{
    bool has_rule = getenv(ck_directive_variable(CK_AMBIENT)) != NULL || getenv(ck_directive_variable(CK_IAB)) != NULL;

    if (run->user == NULL || !has_rule || getenv(ck_directive_variable(CK_ON_FAILURE)) != NULL)
        return 0;
    return setenv(ck_directive_variable(CK_ON_FAILURE), "refuse", 1) == 0 ? 0 : CK_EXIT_FAILED;
}

/* A library that keeps nothing lets the launcher run on; the front door does not. */
static int check_policy(const struct ck_policy *policy)
{
    struct ck_capset caps;
    uint64_t wanted_mask = 0;

    if (policy->rule_count == 0) {
        fputs("capkeep: run: nothing to keep: give -a CAPS or --policy FILE, or write " CK_CONF_FILE "\n", stderr);
        return CK_EXIT_FAILED;
    }
    for (uint32_t i = 0; i < policy->rule_count; i++)
        wanted_mask |= policy->rules[i].ambient_mask | policy->rules[i].inheritable_mask;
    int result = ck_sys_capget(&caps);
    if (result == 0 && (caps.permitted & wanted_mask) != 0)
        return 0;
    if (result == 0 && caps.permitted == 0)
        fputs("capkeep: run: there are no capabilities here that could be kept; run this as root\n", stderr);
    else
        fputs("capkeep: run: none of the capabilities to keep is permitted here, so none could be kept\n", stderr);
    return CK_EXIT_FAILED;
}

/* COMMAND is a launcher: it goes on as root, with the library in it. */
static int launch(char *const command[])
{
    const char *library = ck_library_find();
    char path[PATH_MAX];
    int status = ck_search_find(command[0], path);

    if (status != 0)
        return status;
    if (ck_library_check(library) < 0 || ck_library_preload(library) < 0)
        return CK_EXIT_FAILED;
    return ck_search_execute(path, command);
}

int ck_verb_run(int argc, char *argv[])
{
    static struct ck_policy policy;
    struct run run;
    struct ck_log log;
    char self[PATH_MAX] = "";

    if (read_options(argc, argv, &run) != 0 || set_environment(&run) != 0 || set_default_failure(&run) != 0)
        return CK_EXIT_FAILED;
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        self[0] = '\0'; /* without /proc no Launcher= is this command */
    if (ck_policy_load(run.user != NULL ? self : NULL, &policy, &log) < 0 || check_policy(&policy) != 0)
        return CK_EXIT_FAILED;
    if (run.user != NULL)
        return ck_become(run.user, &policy, &log, argv + optind);
    return launch(argv + optind);
}
