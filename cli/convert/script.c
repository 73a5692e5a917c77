/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "script.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../common/exit.h"

/* What ends a word of the shell, outside quotes. */
#define OPERATORS ";&|()"
#define BLANKS " \t\n"

struct script {
    struct ck_conversion *conversion;
    const struct ck_script_rules *rules;
    unsigned line;  /* where the statement begins */
    int depth;      /* of if, case, loops, functions, parentheses */
    int cases;      /* of case, whose patterns end with a parenthesis of their own */
    bool is_inside; /* of a function, or right in front of its body */
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

/* A command's name may be quoted, in whole or in part, and is the same; a keyword is then none. */
static bool is_command(const char *word, size_t length, const char *const *names)
{
    char name[32];
    size_t used = 0;

    for (size_t i = 0; i < length && used < sizeof(name); i++) {
        if (strchr("\\\"'", word[i]) == NULL)
            name[used++] = word[i];
    }
    return is_one_of(name, used, names);
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* --- statements: lines, with those that a quote or a backslash continues */

/* Whether the shell reads on behind this line: after "&&", "||" and "|". A backslash or a quote would only say less. */
static bool is_open(const char *start, const char *end)
{
    while (end > start && strchr(" \t", end[-1]) != NULL)
        end--;
    return end > start && (end[-1] == '|' || (end - start > 1 && end[-1] == '&' && end[-2] == '&'));
}

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
        if (*at == '\0' || (*at == '\n' && quote == '\0' && !is_open(start, to))) {
            *next = at + (*at == '\n');
            /* A quote that is open to the end makes one statement of all, which is no plain assignment. */
            *to = '\0';
            return start;
        }
        if (at[0] == '\\' && quote != '\'' && at[1] == '\n') {
            ++*lines;
            at++; /* both go, before anything else is read */
            continue;
        }
        if (*at == '\\' && quote != '\'' && at[1] != '\0') {
            *to++ = *at++;
        } else if (quote == '\0' && strchr("\"'`", *at) != NULL) {
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

static const char *const naming[] = {"export", "readonly", "local",   "declare",   "typeset",
                                     "unset",  "read",     "mapfile", "readarray", NULL};

/* Looks at a word where the shell expects a command; returns whether it expects another one behind it. */
static bool look_at_command(struct script *script, const char *word, size_t length)
{
    static const char *const openers[] = {"if", "case", "for", "while", "until", "select", "{", NULL};
    static const char *const closers[] = {"fi", "esac", "done", "}", NULL};
    static const char *const leaders[] = {"if", "then",    "elif",    "else", "while", "until", "do",
                                          "{",  "command", "builtin", "time", "!",     NULL};
    static const char *const others[] = {".", "source", "sourcex", "eval", "alias", "function", NULL};
    static const char *const assigning[] = {"getopts", "for", "select", "printf", "wait", NULL};
    static const char *const leaving[] = {"return", NULL};
    size_t name = 0;

    script->depth += is_one_of(word, length, openers);
    script->depth -= is_one_of(word, length, closers);
    script->cases += is_one_of(word, length, (const char *const[]){"case", NULL});
    script->cases -= is_one_of(word, length, (const char *const[]){"esac", NULL});
    script->assigns |= is_command(word, length, assigning) || is_command(word, length, naming);
    if (is_command(word, length, others))
        fail(script, "", "what this runs could assign any variable: write the rule by hand");
    if (!script->is_inside && is_command(word, length, leaving))
        fail(script, "", "the script may end here: write the rule by hand");
    while (name < length && is_letter(word[name]))
        name++;
    return is_command(word, length, leaders) || word[0] == '-' || (name > 0 && name < length && word[name] == '=');
}

/* Behind a word that is a command's name: "()" makes a function of it. */
static bool is_function(const char *behind)
{
    return behind[0] == '(' && behind[1 + strspn(behind + 1, " \t")] == ')';
}

/* Which variable an argument of export, read and their kin is for, the shell computes. */
static bool is_computed(const char *text, const char *word)
{
    const char *before = word;

    while (before > text && strchr(BLANKS, before[-1]) != NULL)
        before--;
    bool is_file = before > text && strchr("<>", before[-1]) != NULL;
    word += strspn(word, "\"");
    return !is_file && strchr("$`", *word) != NULL && *word != '\0';
}

/* Patterns of case have no parenthesis that opens, and are deep enough as it is. */
static void look_at_operator(struct script *script, char operator)
{
    if (script->cases == 0)
        script->depth += (operator== '(') - (operator== ')');
}

static void look_at_words(struct script *script, const char *text)
{
    bool expects_command = true;
    bool names = false;
    bool is_announced = false; /* a function, by the last word */

    for (const char *at = text; *at != '\0';) {
        const char *end = skip_word(at);
        size_t length = (size_t)(end - at);
        const char *behind = end + strspn(end, " \t");

        if (length > 0 && is_function(behind) && is_one_of(at, length, script->rules->functions))
            fail(script, "", "the script starts its program in its own way: write the rule by hand");
        if (length > 0) {
            is_announced = is_function(behind);
            script->is_inside |= is_announced;
            if (names && !expects_command && is_computed(text, at))
                fail(script, "", "it computes which variable this assigns: write the rule by hand");
            names |= expects_command && is_command(at, length, naming);
            expects_command = expects_command && look_at_command(script, at, length);
        }
        if (*end != '\0' && strchr(OPERATORS "\n", *end) != NULL) {
            look_at_operator(script, *end);
            expects_command = true;
            names = false;
        }
        at = *end != '\0' ? end + 1 : end;
    }
    if (script->depth == 0 && !is_announced)
        script->is_inside = false;
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
    behind += strspn(behind, " \t"); /* within $((…)) there may be blanks */
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
    char *value = ck_memory(malloc(strlen(word) + 1));
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
