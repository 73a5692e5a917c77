/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../shim/core/nearest.h"
#include "common/exit.h"
#include "common/output.h"
#include "convert/convert.h"
#include "explain/explain_options.h"
#include "learn/learn.h"
#include "policy/check.h"
#include "run/run_options.h"
#include "status/status.h"
#include "trace/trace.h"
#include "verbs.h"

static const struct {
    const struct ck_verb *table;
    int (*function)(int argc, char *argv[]);
} verbs[] = {
#define CK_VERB(name) {&ck_##name##_table, ck_verb_##name},
#include "verbs.def"
#undef CK_VERB
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

static void usage(FILE *stream)
{
    fputs("Usage: capkeep VERB [OPTION...]\n\n", stream);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(stream, "  %-8s %s\n", verbs[i].table->name, verbs[i].table->purpose);
    fputs("\n`capkeep VERB --help` lists the options of a verb, `capkeep --version` prints the version.\n", stream);
}

static int unknown_verb(const char *name)
{
    struct ck_nearest nearest = CK_NEAREST_NONE;

    if (name[0] == '-') {
        fprintf(stderr, "capkeep: unknown option \"%s\"; there are --help, --version, and those of a verb\n", name);
        return CK_EXIT_FAILED;
    }
    for (size_t i = 0; i < VERB_COUNT; i++)
        (void)ck_nearest_offer(&nearest, name, strlen(name), verbs[i].table->name); /* its name is in `nearest` */
    if (nearest.name == NULL)
        fprintf(stderr, "capkeep: unknown verb \"%s\"; `capkeep --help` lists the verbs\n", name);
    else
        fprintf(stderr, "capkeep: unknown verb \"%s\"; did you mean %s?\n", name, nearest.name);
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
        if (strcmp(argv[0], verbs[i].table->name) == 0)
            return verbs[i].function(argc, argv);
    }
    return unknown_verb(argv[0]);
}

static int take_help(void *context, const struct ck_given *given)
{
    bool *is_summary = context;

    (void)given; /* there is no other */
    *is_summary = true;
    return 0;
}

/* `capkeep help VERB` is `capkeep VERB --help`. */
int ck_verb_help(int argc, char *argv[])
{
    static char help_option[] = "--help";
    bool is_summary = false;
    int status;

    if (!ck_options_read(&ck_help_table, argc, argv, take_help, &is_summary, &status))
        return status;
    if (argc - optind > 1) {
        return ck_fail("help", "unexpected argument %s", argv[optind + 1]);
    }
    if (is_summary || optind == argc || strcmp(argv[optind], argv[0]) == 0) {
        usage(stdout);
        return 0;
    }
    char *asked[] = {argv[optind], help_option, NULL};
    optind = 0; /* getopt_long(3): it begins anew */
    return call_verb(2, asked);
}

/* What the library knows this command by (shim/entry/real.c). */
extern const char capkeep_command;
const char capkeep_command = 1;

static int run(int argc, char *argv[])
{
    if (argc < 2) {
        usage(stderr);
        return CK_EXIT_FAILED;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("capkeep " CK_VERSION);
        return 0;
    }
    return argv[1][0] == '-' ? unknown_option(argv[1]) : call_verb(argc - 1, argv + 1);
}

int main(int argc, char *argv[])
{
    return ck_output_close(run(argc, argv));
}
