/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../../shim/core/nearest.h"
#include "exit.h"

enum { OPTIONS_MAX = 32, FIRST_VALUE = 0x100 };

static const struct ck_option help_option = {.letter = 'h', .name = "help"};

/* The table as getopt_long(3) wants it: val is FIRST_VALUE and the row, so that a letter finds its row as well. */
struct parser {
    const struct ck_verb *verb;
    unsigned count;
    const struct ck_option *rows[OPTIONS_MAX];
    struct option longs[OPTIONS_MAX + 1];
    char letters[2 + 2 * OPTIONS_MAX];
};

/* A long option as it was typed: without its two dashes and without a value. */
struct typed {
    const char *name;
    size_t length;
};

static void add_row(struct parser *parser, const struct ck_option *row)
{
    char *letters = parser->letters + strlen(parser->letters);
    int has_value = row->kind != CK_NO_VALUE ? required_argument : no_argument;

    parser->rows[parser->count] = row;
    parser->longs[parser->count] = (struct option){row->name, has_value, NULL, FIRST_VALUE + (int)parser->count};
    parser->count++;
    if (row->letter == '\0')
        return;
    *letters++ = row->letter;
    if (has_value == required_argument)
        *letters = ':';
}

static void start_parser(struct parser *parser, const struct ck_verb *verb)
{
    *parser = (struct parser){.verb = verb};
    /* A command line of its own ends at its first word. */
    strcpy(parser->letters, verb->operand == CK_COMMAND_LINE ? "+:" : ":");
    for (const struct ck_option *row = verb->options; row->name != NULL && parser->count < OPTIONS_MAX - 1; row++)
        add_row(parser, row);
    if (verb->about != NULL)
        add_row(parser, &help_option);
}

/* The row of getopt_long's answer; NULL where that is that something is wrong. */
static const struct ck_option *find_row(const struct parser *parser, int answer)
{
    if (answer >= FIRST_VALUE)
        return parser->rows[answer - FIRST_VALUE];
    for (unsigned i = 0; i < parser->count && answer != '?' && answer != ':'; i++) {
        if (parser->rows[i]->letter == answer)
            return parser->rows[i];
    }
    return NULL;
}

/* --- what is wrong */

static bool begins(const char *name, struct typed typed)
{
    return strncmp(name, typed.name, typed.length) == 0;
}

static void start_line(const struct parser *parser)
{
    fprintf(stderr, "capkeep: %s: ", parser->verb->name);
}

static const char *find_nearest(const struct parser *parser, struct typed typed)
{
    struct ck_nearest nearest = CK_NEAREST_NONE;

    for (unsigned i = 0; i < parser->count; i++)
        (void)ck_nearest_offer(&nearest, typed.name, typed.length,
                               parser->rows[i]->name); /* its name is in `nearest` */
    return nearest.name;
}

static void end_unknown(const struct parser *parser, const char *nearest)
{
    if (nearest != NULL)
        fprintf(stderr, "; did you mean --%s?\n", nearest);
    else
        fprintf(stderr, "; see `capkeep %s --help`\n", parser->verb->name);
}

static void say_unknown_letter(const struct parser *parser, int letter)
{
    const char first = (char)letter;
    const char *nearest = NULL;

    for (unsigned i = 0; i < parser->count && nearest == NULL; i++) {
        if (begins(parser->rows[i]->name, (struct typed){&first, 1}))
            nearest = parser->rows[i]->name;
    }
    start_line(parser);
    fprintf(stderr, "unknown option -%c", letter);
    end_unknown(parser, nearest);
}

/* An option may be shortened as long as it can be no other. */
static void say_unknown_name(const struct parser *parser, struct typed typed)
{
    const char *separator = " may be --";

    start_line(parser);
    for (unsigned i = 0; i < parser->count; i++) {
        if (!begins(parser->rows[i]->name, typed))
            continue;
        if (separator[0] == ' ')
            fprintf(stderr, "--%.*s", (int)typed.length, typed.name);
        fprintf(stderr, "%s%s", separator, parser->rows[i]->name);
        separator = ", --";
    }
    if (separator[0] != ' ') {
        fputc('\n', stderr);
        return;
    }
    fprintf(stderr, "unknown option --%.*s", (int)typed.length, typed.name);
    end_unknown(parser, find_nearest(parser, typed));
}

/*
 * `answer` is getopt_long's "?" or ":", and `word` the one in front of the next: a letter in the middle of several leaves
 * that another option, so that it does not count then.
 */
static void say_wrong(const struct parser *parser, int answer, const char *word)
{
    struct typed typed = {word + strspn(word, "-"), 0};

    typed.length = strcspn(typed.name, "=");
    if (answer == '?' && optopt == 0) {
        say_unknown_name(parser, (struct typed){word + 2, strcspn(word + 2, "=")});
    } else if (answer == '?' && optopt < FIRST_VALUE) {
        say_unknown_letter(parser, optopt);
    } else {
        start_line(parser);
        if (optopt >= FIRST_VALUE)
            fprintf(stderr, "--%.*s", (int)typed.length, typed.name);
        else
            fprintf(stderr, "-%c", optopt);
        fputs(answer == ':' ? " needs a value\n" : " takes no value\n", stderr);
    }
}

static int choose_word(const struct parser *parser, const struct ck_option *row, const char *value)
{
    for (int i = 0; row->words[i] != NULL; i++) {
        if (strcmp(value, row->words[i]) == 0)
            return i;
    }
    start_line(parser);
    fprintf(stderr, "--%s=%s is none of", row->name, value);
    for (int i = 0; row->words[i] != NULL; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", row->words[i]);
    fputc('\n', stderr);
    return -1;
}

/* --- --help */

/* "CAPS"; "=no", where there is nothing else that makes sense. */
static int print_value(const struct ck_option *row, FILE *stream)
{
    if (row->kind == CK_NO_VALUE)
        return 0;
    return fprintf(stream, "%s%s", row->kind == CK_HINT && row->words[1] == NULL ? "=" : " ", row->value);
}

static void print_row(const struct ck_option *row, int column)
{
    int used = row->letter != '\0' ? printf("  -%c, --%s", row->letter, row->name) : printf("      --%s", row->name);

    used += print_value(row, stdout);
    for (const char *line = row->help; line != NULL; used = 0) {
        const char *end = strchrnul(line, '\n');

        printf("%*s%.*s\n", column - used, "", (int)(end - line), line);
        line = *end != '\0' ? end + 1 : NULL;
    }
}

static int width_of(const struct ck_option *row)
{
    size_t value = row->kind == CK_NO_VALUE ? 0 : strlen(row->value) + 1;

    return (int)(strlen("      --") + strlen(row->name) + value);
}

static void print_help(const struct parser *parser)
{
    const struct ck_verb *verb = parser->verb;
    int column = 0;

    for (unsigned i = 0; i < parser->count; i++) {
        int width = width_of(parser->rows[i]) + 3;
        column = width > column ? width : column;
    }
    printf("Usage: capkeep %s\n\n%s\n", verb->usage, verb->about);
    for (unsigned i = 0; i + 1 < parser->count; i++)
        print_row(parser->rows[i], column);
    printf("  -h, --help\n%s%s", *verb->end != '\0' ? "\n" : "", verb->end);
}

/* --- reading */

static int take_row(const struct parser *parser, const struct ck_option *row, bool is_long,
                    int (*take)(void *context, const struct ck_given *given), void *context)
{
    char name[64];
    struct ck_given given = {.id = row->id, .name = name, .value = row->kind != CK_NO_VALUE ? optarg : NULL};

    if (row->kind == CK_WORD)
        given.word = choose_word(parser, row, optarg);
    if (given.word < 0)
        return CK_EXIT_FAILED;
    if (is_long)
        (void)snprintf(name, sizeof(name), "--%s", row->name); /* it fits */
    else
        (void)snprintf(name, sizeof(name), "-%c", row->letter); /* it fits */
    return take(context, &given);
}

bool ck_options_read(const struct ck_verb *verb, int argc, char *argv[],
                     int (*take)(void *context, const struct ck_given *given), void *context, int *ret_status)
{
    struct parser parser;
    int answer;

    start_parser(&parser, verb);
    opterr = 0;
    while ((answer = getopt_long(argc, argv, parser.letters, parser.longs, NULL)) != -1) {
        const struct ck_option *row = find_row(&parser, answer);

        if (row == NULL) {
            say_wrong(&parser, answer, argv[optind - 1]);
            *ret_status = CK_EXIT_FAILED;
            return false;
        }
        if (row == &help_option) {
            print_help(&parser);
            *ret_status = 0;
            return false;
        }
        *ret_status = take_row(&parser, row, answer >= FIRST_VALUE, take, context);
        if (*ret_status != 0)
            return false;
    }
    return true;
}

bool ck_options_scan(const struct ck_verb *verb, int argc, char *argv[],
                     int (*take)(void *context, const struct ck_given *given), void *context)
{
    struct parser parser;
    int before = optind;
    int answer;
    bool is_understood = true;

    start_parser(&parser, verb);
    opterr = 0;
    optind = 0; /* begins anew (getopt(3)) */
    while (is_understood && (answer = getopt_long(argc, argv, parser.letters, parser.longs, NULL)) != -1) {
        const struct ck_option *row = find_row(&parser, answer);

        is_understood = row != NULL && take(context, &(struct ck_given){.id = row->id, .value = optarg}) == 0;
    }
    optind = before;
    return is_understood;
}
