/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * generate SHELL: the completions of bash, zsh or fish from the tables of options. Standard input is what is the same for
 * any table: its line "@TABLES@" is replaced, and so is the word "@CONF_DIR@". Runs while building.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/convert/convert.h"
#include "../cli/explain/explain_options.h"
#include "../cli/learn/learn.h"
#include "../cli/policy/check.h"
#include "../cli/run/run_options.h"
#include "../cli/status/status.h"
#include "../cli/trace/trace.h"
#include "../cli/verbs.h"
#include "names_table.h"

static const struct ck_verb *const verbs[] = {
#define CK_VERB(name) &ck_##name##_table,
#include "../cli/verbs.def"
#undef CK_VERB
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

static const struct ck_option help_option = {.letter = 'h', .name = "help", .excludes = "*", .help = "print a summary"};

/* The rows of a table, and --help behind them. */
static const struct ck_option *row_at(const struct ck_verb *verb, unsigned index)
{
    for (unsigned i = 0; i < index; i++) {
        if (verb->options[i].name == NULL)
            return NULL;
    }
    if (verb->options[index].name != NULL)
        return &verb->options[index];
    return verb->about != NULL ? &help_option : NULL;
}

static const struct ck_option *find_row(const struct ck_verb *verb, const char *name, size_t length)
{
    const struct ck_option *row;

    for (unsigned i = 0; (row = row_at(verb, i)) != NULL; i++) {
        if (strlen(row->name) == length && strncmp(row->name, name, length) == 0)
            return row;
    }
    fprintf(stderr, "%s: no option %s to exclude\n", verb->name, name);
    exit(1);
}

static void print_words(const char *const *words)
{
    for (; words != NULL && *words != NULL; words++)
        printf("%s%s", *words, words[1] != NULL ? " " : "");
}

static void print_names(void)
{
    for (unsigned i = 0; i < sizeof(cap_names) / sizeof(cap_names[0]); i++)
        printf("%s%s", i > 0 ? " " : "", cap_names[i]);
}

/* What stands between single quotes: the quote itself has to leave them. */
static void print_quoted(const char *text, size_t length, const char *escape)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'')
            printf("'\\''");
        else
            printf("%s%c", strchr(escape, text[i]) != NULL ? "\\" : "", text[i]);
    }
}

static void print_first_line(const char *text, const char *escape)
{
    print_quoted(text, strcspn(text, "\n"), escape);
}

/* How the shells' files call a kind. */
static const char *word_of(enum ck_kind kind)
{
    static const char *const words[] = {
        [CK_NO_VALUE] = "",          [CK_TEXT] = "text",       [CK_WORD] = "words",
        [CK_HINT] = "words",         [CK_CAPS] = "caps",       [CK_IAB_TEXT] = "iab",
        [CK_ACCOUNT] = "user",       [CK_GROUPS] = "groups",   [CK_FILE] = "file",
        [CK_EXECUTABLE] = "program", [CK_PROCESS] = "process", [CK_DESTINATION] = "destination",
        [CK_RULE_NAME] = "rule",     [CK_VERB_NAME] = "verb",  [CK_COMMAND_LINE] = "command",
    };

    return words[kind];
}

/* --- bash: what is asked by VERB, or by VERB--OPTION */

static void print_bash_options(const struct ck_verb *verb)
{
    const struct ck_option *row;

    printf("  [%s]='", verb->name);
    for (unsigned i = 0; (row = row_at(verb, i)) != NULL; i++) {
        printf("%s", i > 0 ? " " : "");
        if (row->letter != '\0')
            printf("-%c ", row->letter);
        printf("--%s%s", row->name, row->kind != CK_NO_VALUE ? "=" : "");
    }
    puts("'");
}

static void print_bash_kinds(const struct ck_verb *verb)
{
    const struct ck_option *row;

    for (unsigned i = 0; (row = row_at(verb, i)) != NULL; i++) {
        if (row->kind == CK_NO_VALUE)
            continue;
        printf("  [%s--%s]='%s%s", verb->name, row->name, word_of(row->kind), row->words != NULL ? " " : "");
        print_words(row->words);
        puts("'");
    }
}

static void print_bash_operands(const struct ck_verb *verb)
{
    const struct ck_option *row;

    printf("  [%s]='%s%s'\n", verb->name, word_of(verb->operand), verb->has_operands ? " many" : "");
    for (unsigned i = 0; (row = row_at(verb, i)) != NULL; i++) {
        if (row->operand != CK_NO_VALUE)
            printf("  [%s--%s]='%s'\n", verb->name, row->name, word_of(row->operand));
        else if (row->excludes != NULL && row->excludes[0] == '*')
            printf("  [%s--%s]=none\n", verb->name, row->name);
    }
}

static void print_bash_table(const char *name, void (*print)(const struct ck_verb *verb))
{
    printf("declare -gA _capkeep_%s=(\n", name);
    for (unsigned i = 0; i < VERB_COUNT; i++)
        print(verbs[i]);
    puts(")");
}

static void print_bash(void)
{
    printf("_capkeep_caps='");
    print_names();
    printf("'\n_capkeep_verbs='");
    for (unsigned i = 0; i < VERB_COUNT; i++)
        printf("%s%s", i > 0 ? " " : "", verbs[i]->name);
    puts("'");
    print_bash_table("options", print_bash_options);
    print_bash_table("kinds", print_bash_kinds);
    print_bash_table("operands", print_bash_operands);
}

/* --- zsh: _arguments */

static void print_zsh_option_names(const struct ck_option *row)
{
    if (row->letter != '\0')
        printf("-%c ", row->letter);
    printf("--%s ", row->name);
}

/* "(-u --user --pid)": what is not to be completed behind it. */
static void print_zsh_excluded(const struct ck_verb *verb, const struct ck_option *row)
{
    if (row == &help_option || row->id == 0) {
        printf("(- 1 *)");
        return;
    }
    if (row->repeats && row->excludes == NULL) {
        printf("*");
        return;
    }
    printf("(");
    if (!row->repeats)
        print_zsh_option_names(row);
    for (const char *name = row->excludes; name != NULL && *name != '\0'; name += strspn(name, " ")) {
        size_t length = strcspn(name, " ");

        if (*name == '*')
            printf("1 * ");
        else
            print_zsh_option_names(find_row(verb, name, length));
        name += length;
    }
    printf(")%s", row->repeats ? "*" : "");
}

static void print_zsh_value(const struct ck_option *row)
{
    static const char *const actions[] = {
        [CK_TEXT] = "name: ",
        [CK_CAPS] = "capabilities:_capkeep_capabilities",
        [CK_IAB_TEXT] = "IAB text:_capkeep_iab",
        [CK_ACCOUNT] = "user:_users",
        [CK_GROUPS] = "groups:_capkeep_groups",
        [CK_FILE] = "file:_files",
        [CK_EXECUTABLE] = "program:_capkeep_program",
        [CK_PROCESS] = "process:_capkeep_processes",
        [CK_DESTINATION] = "destination:_capkeep_log",
    };

    if (row->kind == CK_NO_VALUE)
        return;
    if (row->kind != CK_WORD && row->kind != CK_HINT) {
        printf(":%s", actions[row->kind]);
        return;
    }
    printf(":%s:(", row->name);
    print_words(row->words);
    printf(")");
}

static void print_zsh_option(const struct ck_verb *verb, const struct ck_option *row, bool is_long)
{
    const char *sign = row->kind == CK_NO_VALUE ? "" : is_long ? "=" : "+";

    printf(" \\\n    '");
    print_zsh_excluded(verb, row);
    if (is_long)
        printf("--%s%s[", row->name, sign);
    else
        printf("-%c%s[", row->letter, sign);
    print_first_line(row->help, "[]:");
    printf("]");
    print_zsh_value(row);
    printf("'");
}

static bool has_operand_options(const struct ck_verb *verb)
{
    for (const struct ck_option *row = verb->options; row->name != NULL; row++) {
        if (row->operand != CK_NO_VALUE)
            return true;
    }
    return false;
}

static void print_zsh_operands(const struct ck_verb *verb)
{
    if (verb->operand == CK_COMMAND_LINE)
        printf(" \\\n    '(-)1:command:_capkeep_program' \\\n    '*:: :_capkeep_command_line'");
    else if (verb->operand == CK_EXECUTABLE)
        printf(" \\\n    '1:program:_capkeep_program'");
    else if (verb->operand == CK_PROCESS)
        printf(" \\\n    '*:process:_capkeep_processes'");
    else if (verb->operand == CK_FILE)
        printf(" \\\n    '1:file:_files'");
    else if (verb->operand == CK_VERB_NAME)
        printf(" \\\n    '1:verb:_capkeep_verbs'");
    else if (has_operand_options(verb))
        printf(" \\\n    '1: :->operand' && return\n  [[ $state == operand ]] || return");
    puts("");
    for (const struct ck_option *row = verb->options; row->name != NULL; row++) {
        if (row->operand != CK_NO_VALUE)
            printf("  [[ -z $opt_args[(I)--%s] ]] || %s\n", row->name,
                   row->operand == CK_FILE ? "_files" : "_capkeep_rules");
    }
}

static void print_zsh(void)
{
    printf("_capkeep_verbs() {\n  local verbs=(");
    for (unsigned i = 0; i < VERB_COUNT; i++) {
        printf("\n    '%s:", verbs[i]->name);
        print_first_line(verbs[i]->purpose, ":");
        printf("'");
    }
    printf("\n  )\n  _describe -t verbs verb verbs\n}\n\n_capkeep_caps=(");
    print_names();
    puts(")");
    for (unsigned i = 0; i < VERB_COUNT; i++) {
        const struct ck_option *row;

        printf("\n_capkeep_%s() {\n  _arguments -s -S%s :", verbs[i]->name,
               verbs[i]->operand == CK_COMMAND_LINE ? " -A '-*'" : "");
        for (unsigned j = 0; (row = row_at(verbs[i], j)) != NULL; j++) {
            if (row->letter != '\0')
                print_zsh_option(verbs[i], row, false);
            print_zsh_option(verbs[i], row, true);
        }
        print_zsh_operands(verbs[i]);
        puts("}");
    }
}

/* --- fish: complete */

static void print_fish_value(const struct ck_option *row)
{
    switch (row->kind) {
    case CK_NO_VALUE:
        return;
    case CK_FILE:
        printf(" -r -F");
        return;
    case CK_EXECUTABLE:
        printf(" -r -F -a '(__fish_complete_command)'");
        return;
    case CK_DESTINATION:
    case CK_WORD:
    case CK_HINT:
        printf("%s -a '", row->kind == CK_DESTINATION ? " -r -F" : " -x");
        print_words(row->words);
        printf("'");
        return;
    case CK_CAPS:
    case CK_IAB_TEXT:
    case CK_ACCOUNT:
    case CK_GROUPS:
    case CK_PROCESS:
        printf(" -x -a '(__capkeep_%s)'", word_of(row->kind));
        return;
    default:
        printf(" -x");
    }
}

static void print_fish_option(const struct ck_verb *verb, const struct ck_option *row)
{
    printf("complete -c capkeep -n '__capkeep_in %s' -l %s", verb->name, row->name);
    if (row->letter != '\0')
        printf(" -s %c", row->letter);
    print_fish_value(row);
    printf(" -d '");
    for (const char *at = row->help; *at != '\0' && *at != '\n'; at++)
        printf("%s%c", *at == '\'' || *at == '\\' ? "\\" : "", *at);
    puts("'");
}

static void print_fish_operand(const struct ck_verb *verb, const char *with, enum ck_kind kind)
{
    if (kind == CK_NO_VALUE)
        return;
    printf("complete -c capkeep -n '__capkeep_operand %s%s%s'", verb->name, with != NULL ? " --" : "",
           with != NULL ? with : "");
    if (kind == CK_FILE)
        puts(" -F");
    else if (kind == CK_EXECUTABLE)
        puts(" -F -a '(__fish_complete_command)'");
    else
        printf(" -x -a '(__capkeep_%s)'\n", word_of(kind));
}

/* Options that take a value: the word behind one is no operand. */
static void print_fish_valued(const struct ck_verb *verb)
{
    const struct ck_option *row;

    printf("set -g __capkeep_valued_%s", verb->name);
    for (unsigned i = 0; (row = row_at(verb, i)) != NULL; i++) {
        if (row->kind == CK_NO_VALUE)
            continue;
        if (row->letter != '\0')
            printf(" -%c", row->letter);
        printf(" --%s", row->name);
    }
    puts("");
}

static void print_fish(void)
{
    printf("set -g __capkeep_verbs");
    for (unsigned i = 0; i < VERB_COUNT; i++)
        printf(" %s", verbs[i]->name);
    printf("\nset -g __capkeep_names ");
    print_names();
    puts("");
    for (unsigned i = 0; i < VERB_COUNT; i++) {
        const struct ck_option *row;

        printf("complete -c capkeep -n '__capkeep_in' -a %s -d '", verbs[i]->name);
        for (const char *at = verbs[i]->purpose; *at != '\0'; at++)
            printf("%s%c", *at == '\'' || *at == '\\' ? "\\" : "", *at);
        puts("'");
        print_fish_valued(verbs[i]);
        for (unsigned j = 0; (row = row_at(verbs[i], j)) != NULL; j++) {
            print_fish_option(verbs[i], row);
            print_fish_operand(verbs[i], row->name, row->operand);
        }
        print_fish_operand(verbs[i], NULL, verbs[i]->operand);
    }
}

/* --- the file around them */

static void print_line(const char *line)
{
    const char *const place = "@CONF_DIR@";

    for (const char *found; (found = strstr(line, place)) != NULL; line = found + strlen(place))
        printf("%.*s%s", (int)(found - line), line, CK_CONF_DIR);
    fputs(line, stdout);
}

int main(int argc, char *argv[])
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    char line[1024];
    size_t shell = 0;

    while (argc == 2 && shell < 3 && strcmp(argv[1], shells[shell].shell) != 0)
        shell++;
    if (argc != 2 || shell == 3)
        return 2;
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (strcmp(line, "@TABLES@\n") == 0)
            shells[shell].print();
        else
            print_line(line);
    }
    return ferror(stdin) != 0 || fflush(stdout) != 0;
}
