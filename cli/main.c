#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../shim/core/nearest.h"
#include "common/exit.h"
#include "common/options.h"
#include "verbs.h"

static int help(int argc, char *argv[]);

static const struct {
    const char *name;
    int (*function)(int argc, char *argv[]);
    const char *purpose;
} verbs[] = {
    {"run", ck_verb_run, "start a launcher, or a program as another user, with capabilities that are kept"},
    {"check", ck_verb_check, "say whether a policy is valid"},
    {"explain", ck_verb_explain, "predict what a program will have, and why not more; or explain a process"},
    {"status", ck_verb_status, "list the processes with ambient or inheritable capabilities"},
    {"trace", ck_verb_trace, "tell where a command loses capabilities, and why"},
    {"convert", ck_verb_convert, "turn other programs' configurations into a policy, or a rule into theirs"},
    {"help", help, "tell of the verbs, or of a verb's options"},
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

static void usage(FILE *stream)
{
    fputs("Usage: capkeep VERB [OPTION...]\n\n", stream);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(stream, "  %-8s %s\n", verbs[i].name, verbs[i].purpose);
    fputs("\n`capkeep VERB --help` tells its options, `capkeep --version` the version.\n", stream);
}

static int unknown_verb(const char *name)
{
    size_t best = 0;

    if (name[0] == '-') {
        fprintf(stderr, "capkeep: unknown option \"%s\"; there are --help, --version, and those of a verb\n", name);
        return CK_EXIT_FAILED;
    }
    for (size_t i = 1; i < VERB_COUNT; i++) {
        if (ck_edit_distance(name, strlen(name), verbs[i].name) <
            ck_edit_distance(name, strlen(name), verbs[best].name))
            best = i;
    }
    fprintf(stderr, "capkeep: unknown verb \"%s\"; did you mean %s?\n", name, verbs[best].name);
    return CK_EXIT_FAILED;
}

static int unknown_option(const char *name)
{
    static const char version[] = "--version";
    bool is_version = ck_edit_distance(name, strlen(name), version) < sizeof(version) / 2;

    fprintf(stderr, "capkeep: unknown option %s; did you mean %s?\n", name, is_version ? version : "--help");
    return CK_EXIT_FAILED;
}

static int call_verb(int argc, char *argv[])
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(argv[0], verbs[i].name) == 0)
            return verbs[i].function(argc, argv);
    }
    return unknown_verb(argv[0]);
}

/* `capkeep help VERB` is `capkeep VERB --help`. */
static int help(int argc, char *argv[])
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option = ck_options_next(argc, argv, ":", options);

    if (option == '?')
        return CK_EXIT_FAILED; /* it was told what is wrong */
    if (argc - optind > 1) {
        fprintf(stderr, "capkeep: help: one VERB, or none; what is %s?\n", argv[optind + 1]);
        return CK_EXIT_FAILED;
    }
    if (option == 'h' || optind == argc || strcmp(argv[optind], argv[0]) == 0) {
        usage(stdout);
        return 0;
    }
    static char help_option[] = "--help";
    char *asked[] = {argv[optind], help_option, NULL};
    optind = 0; /* getopt_long(3): it begins anew */
    return call_verb(2, asked);
}

/* What the library knows this command by (shim/entry/real.c). */
extern const char capkeep_command;
const char capkeep_command = 1;

int main(int argc, char *argv[])
{
    if (argc < 2) {
        usage(stderr);
        return CK_EXIT_FAILED;
    }
    if (strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("capkeep " CK_VERSION);
        return 0;
    }
    return argv[1][0] == '-' ? unknown_option(argv[1]) : call_verb(argc - 1, argv + 1);
}
