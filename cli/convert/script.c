/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "script.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What ends a word of the shell, outside quotes. */
#define OPERATORS ";&|()"
#define BLANKS " \t\n"

struct script {
    struct ck_conversion *conversion;
    const struct ck_script_rules *rules;
    unsigned line;  /* where the statement begins */
    int depth;      /* of if, case, loops, functions */
    bool assigns;   /* the statement has a command that assigns by name: export, read… */
    bool is_silent; /* the statement has been complained of */
};

static void fail(struct script *script, const char *name, const char *why)
{
    if (!script->is_silent)
        ck_conversion_fail(script->conversion, script->line, "%s%s", name, why);
    script->is_silent = true;
}

static bool is_one_of(const char *word, size_t length, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strlen(*words) == length && strncmp(*words, word, length) == 0)
            return true;
    }
    return false;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* --- statements: lines, with those that a quote or a backslash continues */

/* Ends the statement that begins at *next, without its comment; counts its lines. NULL at the end. */
static char *next_statement(char **next, unsigned *lines)
{
    char *start = *next;
    char *to = start;
    char quote = '\0';

    if (*start == '\0')
        return NULL;
    for (char *at = start;; at++) {
        bool is_word_start = at == start || strchr(BLANKS OPERATORS, at[-1]) != NULL;

        if (*at == '#' && quote == '\0' && is_word_start)
            at += strcspn(at, "\n");
        *lines += *at == '\n';
        if (*at == '\0' || (*at == '\n' && quote == '\0')) {
            *next = at + (*at == '\n');
            /* A quote that is open to the end makes one statement of all, which is no plain assignment. */
            *to = '\0';
            return start;
        }
        if (*at == '\\' && quote != '\'' && at[1] != '\0') {
            *lines += at[1] == '\n';
            *to++ = *at++;
        } else if (quote == '\0' && (*at == '"' || *at == '\'')) {
            quote = *at;
        } else if (*at == quote) {
            quote = '\0';
        }
        *to++ = *at;
    }
}

/* Behind the word at `at`, with what is in quotes. */
static const char *skip_word(const char *at)
{
    char quote = '\0';

    for (; *at != '\0' && (quote != '\0' || strchr(BLANKS OPERATORS, *at) == NULL); at++) {
        if (*at == '\\' && quote != '\'' && at[1] != '\0')
            at++;
        else if (quote == '\0' && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == quote)
            quote = '\0';
    }
    return at;
}

/* --- what could assign without an assignment */

/* Looks at a word where the shell expects a command; returns whether it expects another one behind it. */
static bool look_at_command(struct script *script, const char *word, size_t length)
{
    static const char *const openers[] = {"if", "case", "for", "while", "until", "{", NULL};
    static const char *const closers[] = {"fi", "esac", "done", "}", NULL};
    static const char *const leaders[] = {"if", "then", "elif", "else", "while", "until", "do", "{", "!", NULL};
    static const char *const others[] = {".", "source", "eval", "alias", "function", NULL};
    static const char *const assigning[] = {"export", "readonly", "local",   "declare", "typeset",
                                            "unset",  "read",     "getopts", "for",     NULL};
    size_t name = 0;

    script->depth += is_one_of(word, length, openers);
    script->depth -= is_one_of(word, length, closers);
    script->assigns |= is_one_of(word, length, assigning);
    if (is_one_of(word, length, others))
        fail(script, "", "what this runs could assign any variable: write the rule by hand");
    while (name < length && is_letter(word[name]))
        name++;
    return is_one_of(word, length, leaders) || (name > 0 && name < length && word[name] == '=');
}

static void look_at_words(struct script *script, const char *text)
{
    bool expects_command = true;

    for (const char *at = text; *at != '\0';) {
        const char *end = skip_word(at);
        size_t length = (size_t)(end - at);
        const char *behind = end + strspn(end, " \t");

        if (length > 0 && behind[0] == '(' && behind[1 + strspn(behind + 1, " \t")] == ')' &&
            is_one_of(at, length, script->rules->functions))
            fail(script, "", "the script starts its program in its own way: write the rule by hand");
        if (length > 0)
            expects_command = expects_command && look_at_command(script, at, length);
        if (*end != '\0' && strchr(OPERATORS "\n", *end) != NULL)
            expects_command = true;
        at = *end != '\0' ? end + 1 : end;
    }
    if (strstr(text, "<<") != NULL)
        fail(script, "", "a here-document is not understood");
}

/* NAME=, NAME+=, ${NAME=…} and ${NAME:=…}; and NAME behind export, read and their kin. */
static bool assigns_at(const struct script *script, const char *text, const char *at, size_t length)
{
    char before = at > text ? at[-1] : '\0';
    const char *behind = at + length;

    if (is_letter(before) || before == '-' || before == '$' || is_letter(*behind))
        return false;
    if (*behind == '=' || (behind[0] == '+' && behind[1] == '='))
        return true;
    if (before == '{')
        return behind[0] == ':' && behind[1] == '=';
    return script->assigns;
}

static bool assigns(const struct script *script, const char *text, const char *from, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = from; (at = strstr(at, name)) != NULL; at += length) {
        if (assigns_at(script, text, at, length))
            return true;
    }
    return false;
}

/* --- assignments */

/* The value of a word in which the shell has nothing to do but to take quotes away. False for any other. */
static bool read_value(const char *word, char *ret_value)
{
    char quote = '\0';

    for (; *word != '\0'; word++) {
        if (quote != '\'' && strchr("$`\\", *word) != NULL)
            return false;
        if (quote == '\0' && (strchr(BLANKS OPERATORS "<>*?[~", *word) != NULL))
            return word[strspn(word, " \t")] == '\0' && (*ret_value = '\0', true);
        if (quote == '\0' && (*word == '"' || *word == '\''))
            quote = *word;
        else if (quote != '\0' && *word == quote)
            quote = '\0';
        else
            *ret_value++ = *word;
    }
    *ret_value = '\0';
    return quote == '\0';
}

/* Takes NAME=VALUE over where it is all of the statement and is always made. Returns what is behind NAME=, or `text`. */
static const char *take_assignment(struct script *script, const char *text, struct ck_script_variable *variable)
{
    size_t length = strlen(variable->name);

    if (strncmp(text, variable->name, length) != 0 || text[length] != '=')
        return text;
    const char *word = text + length + 1;
    char *value = ck_conversion_memory(malloc(strlen(word) + 1));
    if (script->depth > 0) {
        fail(script, variable->name, "=: assigned only where a condition holds, or in a function: write it by hand");
    } else if (!read_value(word, value)) {
        fail(script, variable->name, "=: the script computes it, write it by hand");
    } else {
        free(variable->value);
        variable->value = value;
        variable->line = script->line;
        return word;
    }
    free(value);
    return word;
}

static void look_at_statement(struct script *script, const char *text)
{
    struct ck_script_variable *variable = script->rules->variables;

    script->assigns = script->is_silent = false;
    look_at_words(script, text);
    for (; variable->name != NULL; variable++) {
        const char *rest = take_assignment(script, text, variable);

        if (assigns(script, text, rest, variable->name))
            fail(script, variable->name, "=: assigned otherwise than by a line of its own: write it by hand");
    }
    for (const char *const *word = script->rules->texts; *word != NULL; word++) {
        bool is_value = false;

        for (variable = script->rules->variables; variable->name != NULL; variable++)
            is_value |= variable->line == script->line;
        if (!is_value && strstr(text, *word) != NULL)
            fail(script, *word, ": given by the script itself: write the rule by hand");
    }
}

void ck_script_read(struct ck_conversion *conversion, char *text, const struct ck_script_rules *rules)
{
    struct script script = {.conversion = conversion, .rules = rules, .line = 1};
    unsigned lines = 0;

    for (char *statement; (statement = next_statement(&text, &lines)) != NULL;) {
        look_at_statement(&script, statement);
        if (script.depth < 0)
            break;
        script.line = lines + 1;
    }
    if (script.depth != 0)
        ck_conversion_fail(conversion, script.line, "the script's conditions, loops and braces are not understood");
}
