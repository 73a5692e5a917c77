#include "options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../../shim/core/nearest.h"

/* A long option as it was typed: without its two dashes and without a value. */
struct typed {
    const char *name;
    size_t length;
};

static bool begins(const char *name, struct typed typed)
{
    return strncmp(name, typed.name, typed.length) == 0;
}

static void start_line(const char *verb)
{
    fprintf(stderr, "capkeep: %s: ", verb);
}

/* One of which every letter has to change is not near. */
static const char *find_nearest(const struct option *options, struct typed typed)
{
    const char *nearest = NULL;
    unsigned best = typed.length < CK_NEAREST_MAX ? (unsigned)typed.length : CK_NEAREST_MAX;

    for (; options->name != NULL; options++) {
        unsigned distance = ck_edit_distance(typed.name, typed.length, options->name);

        if (distance < best) {
            best = distance;
            nearest = options->name;
        }
    }
    return nearest;
}

static void end_unknown(const char *verb, const char *nearest)
{
    if (nearest != NULL)
        fprintf(stderr, "; did you mean --%s?\n", nearest);
    else
        fprintf(stderr, "; `capkeep %s --help` tells\n", verb);
}

static void say_unknown_letter(const char *verb, int letter, const struct option *options)
{
    const char first = (char)letter;

    while (options->name != NULL && !begins(options->name, (struct typed){&first, 1}))
        options++;
    start_line(verb);
    fprintf(stderr, "unknown option -%c", letter);
    end_unknown(verb, options->name);
}

/* An option may be shortened as long as it can be no other. */
static void say_unknown_name(const char *verb, struct typed typed, const struct option *options)
{
    const char *separator = " may be --";

    start_line(verb);
    for (const struct option *option = options; option->name != NULL; option++) {
        if (!begins(option->name, typed))
            continue;
        if (separator[0] == ' ')
            fprintf(stderr, "--%.*s", (int)typed.length, typed.name);
        fprintf(stderr, "%s%s", separator, option->name);
        separator = ", --";
    }
    if (separator[0] != ' ') {
        fputc('\n', stderr);
        return;
    }
    fprintf(stderr, "unknown option --%.*s", (int)typed.length, typed.name);
    end_unknown(verb, find_nearest(options, typed));
}

/* A letter in the middle of several leaves optind where it was, and another option before it. */
static bool is_typed(const struct option *options, int value, struct typed typed)
{
    while (options->name != NULL && options->val != value)
        options++;
    return options->name != NULL && begins(options->name, typed);
}

int ck_options_next(int argc, char *argv[], const char *letters, const struct option *options)
{
    opterr = 0;
    int option = getopt_long(argc, argv, letters, options, NULL);
    if (option != '?' && option != ':')
        return option;
    bool is_long = strncmp(argv[optind - 1], "--", 2) == 0;
    struct typed typed = {argv[optind - 1] + (is_long ? 2 : 0), 0};
    typed.length = strcspn(typed.name, "=");
    if (option == '?' && optopt == 0) {
        say_unknown_name(argv[0], typed, options);
    } else if (option == '?' && (!is_long || !is_typed(options, optopt, typed))) {
        say_unknown_letter(argv[0], optopt, options);
    } else {
        const char *what = option == ':' ? "needs a value" : "takes no value";

        start_line(argv[0]);
        if (is_long)
            fprintf(stderr, "--%.*s %s\n", (int)typed.length, typed.name, what);
        else
            fprintf(stderr, "-%c %s\n", optopt, what);
    }
    return '?';
}

int ck_options_choose(const char *verb, const char *option, const char *value, const char *const words[])
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(value, words[i]) == 0)
            return i;
    }
    start_line(verb);
    fprintf(stderr, "%s=%s is none of", option, value);
    for (int i = 0; words[i] != NULL; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", words[i]);
    fputc('\n', stderr);
    return -1;
}
