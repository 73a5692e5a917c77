#include "run_options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/exit.h"
#include "../common/options.h"
#include "../common/policy.h"

/* Options without a letter: the directive of a rule that they are, or one of these. */
enum {
    OPTION_POLICY = 0x100 + CK_DIRECTIVE_COUNT,
    OPTION_METHOD,
    OPTION_ALLOW_NEW_PRIVS,
    OPTION_ARGV0,
    OPTION_IF_POSSIBLE,
    OPTION_LOG,
    OPTION_HELP
};

#define DIRECTIVE(directive) (0x100 + (directive))

static const struct option long_options[] = {
    {"ambient", required_argument, NULL, DIRECTIVE(CK_AMBIENT)},
    {"bounding", required_argument, NULL, DIRECTIVE(CK_BOUNDING)},
    {"iab", required_argument, NULL, DIRECTIVE(CK_IAB)},
    {"no-new-privs", no_argument, NULL, DIRECTIVE(CK_NO_NEW_PRIVS)},
    {"for-user", required_argument, NULL, DIRECTIVE(CK_USER)},
    {"for-program", required_argument, NULL, DIRECTIVE(CK_PROGRAM)},
    {"for-launcher", required_argument, NULL, DIRECTIVE(CK_LAUNCHER)},
    {"guard", no_argument, NULL, DIRECTIVE(CK_GUARD)},
    {"descendants", required_argument, NULL, DIRECTIVE(CK_DESCENDANTS)},
    {"on-failure", required_argument, NULL, DIRECTIVE(CK_ON_FAILURE)},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"user", required_argument, NULL, 'u'},
    {"log", required_argument, NULL, OPTION_LOG},
    {"method", required_argument, NULL, OPTION_METHOD},
    {"allow-new-privs", no_argument, NULL, OPTION_ALLOW_NEW_PRIVS},
    {"if-possible", no_argument, NULL, OPTION_IF_POSSIBLE},
    {"argv0", required_argument, NULL, OPTION_ARGV0},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "Usage: capkeep run [OPTION...] [--] LAUNCHER [ARG...]\n"
    "       capkeep run -u USER [OPTION...] [--] PROGRAM [ARG...]\n"
    "\n"
    "Starts LAUNCHER so that the program which it starts as another user has the capabilities of the policy, and no\n"
    "more. With -u, capkeep is the launcher itself. Without -a, --iab and --policy, the policy is that of the\n"
    "environment, or else that of " CK_CONF_FILE ".\n"
    "\n"
    "  -a, --ambient CAPS        keep these: names with or without cap_, or numbers, separated by commas\n"
    "  -b, --bounding CAPS       cut the bounding set down to these, for good\n"
    "      --iab TEXT            both, as libcap writes it: ^cap_net_raw,!cap_chown\n"
    "      --no-new-privs        set no_new_privs, for good\n"
    "      --policy FILE         the rules of this file\n"
    "  -u, --user USER           take on USER, with its groups, and execute PROGRAM\n"
    "      --for-user USER       only for changes to USER\n"
    "      --for-program PATH    only for this program; DIR/* for those in DIR\n"
    "      --for-launcher PATH   only in this launcher\n"
    "      --guard               the launcher's own capset and prctl do not take away what is kept\n"
    "      --descendants=no      the program's own children do not inherit what is kept\n"
    "      --on-failure WHAT     continue with what can be kept, or refuse to execute (the default with -u)\n"
    "      --log DEST            none, stderr, syslog or an absolute file name\n"
    "      --method METHOD       auto, preload, ptrace or securebits; see below\n"
    "      --if-possible         with --method=ptrace: where that is forbidden, start LAUNCHER without it\n"
    "      --allow-new-privs     with --method=securebits: do not set no_new_privs\n"
    "      --argv0 NAME          what LAUNCHER finds as its own name\n"
    "      --help\n"
    "\n"
    "By default a library is preloaded into LAUNCHER. One that it cannot be loaded into, or in which it would see\n"
    "nothing (static, Go, set-ID), is supervised instead, and so is one that LAUNCHER, as root, starts itself.\n"
    "--method=preload never supervises.\n"
    "\n"
    "--method=ptrace supervises: until PROGRAM is executed LAUNCHER is traced by a process of capkeep's, which makes\n"
    "the system calls in its name that the library would make. It serves every launcher exactly, and nothing stays\n"
    "behind in PROGRAM. It needs CAP_SYS_PTRACE, and a launcher that lives on stays traced, and slower, as long as it\n"
    "lives; it is killed if its supervisor is.\n"
    "\n"
    "--method=securebits needs no library: it raises CAPS beforehand and forbids the kernel to clear anything at a\n"
    "change of user (SECBIT_NO_SETUID_FIXUP). What it costs: until PROGRAM is executed the launcher keeps ALL of\n"
    "root's capabilities, also as the other user, so one that does more than drop and execute is a hole. One that\n"
    "probes its drop refuses to go on. And the bit stays for ever, so set-user-ID programs further down keep their\n"
    "capabilities when they drop; no_new_privs is set for that reason. It is for launchers such as gosu, and only\n"
    "where nothing else serves.\n"
    "\n"
    "Exit status: that of LAUNCHER; 125 capkeep itself failed; 126 found but not executable; 127 not found.\n";

/* Lists given several times add up, as the lines of a policy file do; of the others each may be given once. */
static int set_directive(struct ck_run_options *options, enum ck_directive directive, const char *value)
{
    const char **place = &options->directives[directive];
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
    if (asprintf(&joined, "%s %s", *place, value) < 0) {
        perror("capkeep: run");
        return CK_EXIT_FAILED;
    }
    *place = joined;
    return 0;
}

static int set_method(struct ck_run_options *options, const char *name)
{
    static const char *const names[] = {
        [CK_METHOD_AUTO] = "auto",
        [CK_METHOD_PRELOAD] = "preload",
        [CK_METHOD_PTRACE] = "ptrace",
        [CK_METHOD_SECUREBITS] = "securebits",
        NULL,
    };
    int method = ck_options_choose("run", "--method", name, names);

    if (method < 0)
        return CK_EXIT_FAILED;
    options->method = (enum ck_method)method;
    return 0;
}

/* CAPKEEP_METHOD says to the library what --method says here, or where the command of an automatic one is. */
static int set_method_of_environment(struct ck_run_options *options)
{
    const char *value = getenv(CK_VARIABLE_METHOD);

    return options->user != NULL || value == NULL || value[0] == '/' ? 0 : set_method(options, value);
}

static int read_option(struct ck_run_options *options, int option)
{
    switch (option) {
    case 'a':
        return set_directive(options, CK_AMBIENT, optarg);
    case 'b':
        return set_directive(options, CK_BOUNDING, optarg);
    case 'u':
        options->user = optarg;
        return 0;
    case OPTION_POLICY:
        options->policy = optarg;
        return 0;
    case OPTION_LOG:
        options->log = optarg;
        return 0;
    case OPTION_METHOD:
        return set_method(options, optarg);
    case OPTION_ALLOW_NEW_PRIVS:
        options->allow_new_privs = true;
        return 0;
    case OPTION_IF_POSSIBLE:
        options->if_possible = true;
        return 0;
    case OPTION_ARGV0:
        options->argv0 = optarg;
        return 0;
    case OPTION_HELP:
        fputs(help, stdout);
        exit(0);
    case '?':
        return CK_EXIT_FAILED; /* it was told what is wrong */
    default:
        return set_directive(options, (enum ck_directive)(option - 0x100), optarg != NULL ? optarg : "yes");
    }
}

static int check(const struct ck_run_options *options)
{
    if (options->command[0] == NULL)
        fputs("capkeep: run: which COMMAND? `capkeep run --help` tells\n", stderr);
    else if (options->user != NULL && options->method != CK_METHOD_AUTO)
        fputs("capkeep: run: with -u there is no launcher, and so no --method\n", stderr);
    else if (options->user != NULL && options->argv0 != NULL)
        fputs("capkeep: run: --argv0 belongs to a launcher, and so not to -u\n", stderr);
    else if (options->if_possible && options->method != CK_METHOD_PTRACE)
        fputs("capkeep: run: --if-possible belongs to --method=ptrace\n", stderr);
    else if (options->allow_new_privs && options->method != CK_METHOD_SECUREBITS)
        fputs("capkeep: run: --allow-new-privs belongs to --method=securebits\n", stderr);
    else if (options->allow_new_privs && options->directives[CK_NO_NEW_PRIVS] != NULL)
        fputs("capkeep: run: --allow-new-privs and --no-new-privs contradict each other\n", stderr);
    else
        return 0;
    return CK_EXIT_FAILED;
}

int ck_run_options_read(int argc, char *argv[], struct ck_run_options *ret_options)
{
    bool has_method = false;
    int option;

    *ret_options = (struct ck_run_options){0};
    while ((option = ck_options_next(argc, argv, "+:a:b:u:", long_options)) != -1) {
        int status = read_option(ret_options, option);
        if (status != 0)
            return status;
        has_method |= option == OPTION_METHOD;
    }
    if (!has_method && set_method_of_environment(ret_options) != 0)
        return CK_EXIT_FAILED;
    ret_options->command = argv + optind;
    return check(ret_options);
}

static int set_variable(const char *name, const char *value)
{
    if (value == NULL || setenv(name, value, 1) == 0)
        return 0;
    fprintf(stderr, "capkeep: run: %s: ", name);
    perror(NULL);
    return CK_EXIT_FAILED;
}

/* With -u the program is the one that was asked for: it starts as asked for or not at all, unless told otherwise. */
static int set_default_failure(const struct ck_run_options *options)
{
    bool has_rule = getenv(ck_directive_variable(CK_AMBIENT)) != NULL || getenv(ck_directive_variable(CK_IAB)) != NULL;

    if (options->user == NULL || !has_rule || getenv(ck_directive_variable(CK_ON_FAILURE)) != NULL)
        return 0;
    return set_variable(ck_directive_variable(CK_ON_FAILURE), "refuse");
}

/* The library supervises by this very command, wherever it is installed. */
static int export_method(const struct ck_run_options *options)
{
    char self[PATH_MAX];
    ssize_t length = options->method == CK_METHOD_AUTO ? readlink("/proc/self/exe", self, sizeof(self) - 1) : 0;

    if (length <= 0)
        return set_variable(CK_VARIABLE_METHOD, "preload"); /* without /proc nothing can be supervised either */
    self[length] = '\0';
    return set_variable(CK_VARIABLE_METHOD, self);
}

int ck_run_options_export(const struct ck_run_options *options)
{
    /* A policy on the command line replaces that of the environment. */
    if (options->directives[CK_AMBIENT] != NULL || options->directives[CK_IAB] != NULL || options->policy != NULL)
        ck_policy_forget_environment();
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++) {
        if (set_variable(ck_directive_variable(directive), options->directives[directive]) != 0)
            return CK_EXIT_FAILED;
    }
    if (set_variable(CK_VARIABLE_LOG, options->log) != 0 || set_default_failure(options) != 0 ||
        export_method(options) != 0)
        return CK_EXIT_FAILED;
    return options->policy == NULL || ck_policy_use_file(options->policy) == 0 ? 0 : CK_EXIT_FAILED;
}
