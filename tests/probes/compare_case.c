/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_case.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS(type, member) offsetof(type, member), sizeof(((type *)0)->member) / sizeof(uint64_t)
#define DECIMAL "%" PRIu64
#define OCTAL "%#" PRIo64
#define HEXADECIMAL "%#" PRIx64

const struct compare_field compare_state_fields[] = {
    {"uids", WORDS(struct compare_state, uids), DECIMAL},
    {"gids", WORDS(struct compare_state, gids), DECIMAL},
    {"permitted", WORDS(struct compare_state, permitted), HEXADECIMAL},
    {"effective", WORDS(struct compare_state, effective), HEXADECIMAL},
    {"inheritable", WORDS(struct compare_state, inheritable), HEXADECIMAL},
    {"ambient", WORDS(struct compare_state, ambient), HEXADECIMAL},
    {"bounding", WORDS(struct compare_state, bounding), HEXADECIMAL},
    {"securebits", WORDS(struct compare_state, securebits), HEXADECIMAL},
    {"no_new_privs", WORDS(struct compare_state, no_new_privs), DECIMAL},
    {NULL, 0, 0, NULL},
};

static const struct compare_field case_fields[] = {
    {"userns", WORDS(struct compare_case, userns), DECIMAL},
    {"groups", WORDS(struct compare_case, groups), DECIMAL},
    {"threaded", WORDS(struct compare_case, threaded), DECIMAL},
    {"shares_fs", WORDS(struct compare_case, shares_fs), DECIMAL},
    {"chrooted", WORDS(struct compare_case, chrooted), DECIMAL},
    {"traced", WORDS(struct compare_case, traced), DECIMAL},
    {"args", WORDS(struct compare_case, args), HEXADECIMAL},
    {"odd", WORDS(struct compare_case, odd), DECIMAL},
    {NULL, 0, 0, NULL},
};

static const struct compare_field file_fields[] = {
    {"mode", WORDS(struct compare_file, mode), OCTAL},
    {"uid", WORDS(struct compare_file, uid), DECIMAL},
    {"gid", WORDS(struct compare_file, gid), DECIMAL},
    {"nosuid", WORDS(struct compare_file, nosuid), DECIMAL},
    {"caps_length", WORDS(struct compare_file, caps_length), DECIMAL},
    {"caps", WORDS(struct compare_file, caps), HEXADECIMAL},
    {NULL, 0, 0, NULL},
};

static const struct part {
    const char *prefix;
    size_t offset;
    const struct compare_field *fields;
} parts[] = {
    {"", 0, case_fields},
    {"", offsetof(struct compare_case, state), compare_state_fields},
    {"file.", offsetof(struct compare_case, file), file_fields},
    {"script.", offsetof(struct compare_case, script), file_fields},
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

static const char *const call_names[CALL_COUNT] = {
    [CALL_SETUID] = "setuid",     [CALL_SETREUID] = "setreuid", [CALL_SETRESUID] = "setresuid",
    [CALL_SETFSUID] = "setfsuid", [CALL_CAPSET] = "capset",     [CALL_PRCTL] = "prctl",
    [CALL_EXECVE] = "execve",     [CALL_UNSHARE] = "unshare",   [CALL_SETNS] = "setns",
};

const char *compare_call_name(uint64_t call)
{
    return call_names[call];
}

static uint64_t *words_of(struct compare_case *the_case, const struct part *part, const struct compare_field *field)
{
    return (uint64_t *)(void *)((char *)the_case + part->offset + field->offset);
}

struct text {
    char *at;
    size_t left;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text->at, text->left, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= text->left)
        abort(); /* the buffer is too small for a case */
    text->at += length;
    text->left -= (size_t)length;
}

/* What is all zero is left out, and so are zeros at the end. */
static void print_words(struct text *text, const char *prefix, const struct compare_field *field, const uint64_t *words)
{
    size_t count = field->count;

    while (count > 0 && words[count - 1] == 0)
        count--;
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            append(text, " %s%s=", prefix, field->name);
        else
            append(text, ",");
        append(text, field->format, words[i]);
    }
}
void compare_case_print(const struct compare_case *the_case, char *buffer, size_t size)
{
    struct compare_case copy = *the_case;
    struct text text = {buffer, size};

    append(&text, "call=%s", call_names[the_case->call]);
    for (size_t part = 0; part < PART_COUNT; part++) {
        for (const struct compare_field *field = parts[part].fields; field->name != NULL; field++)
            print_words(&text, parts[part].prefix, field, words_of(&copy, &parts[part], field));
    }
}

static int parse_call(const char *name, uint64_t *ret_call)
{
    for (uint64_t call = 0; call < CALL_COUNT; call++) {
        if (strcmp(call_names[call], name) == 0) {
            *ret_call = call;
            return 0;
        }
    }
    return -1;
}

static int parse_words(char *value, size_t count, uint64_t *words)
{
    char *end = value;

    for (size_t i = 0; i < count; i++) {
        words[i] = strtoull(value, &end, 0);
        if (end == value || *end == '\0')
            break;
        if (*end != ',')
            return -1;
        value = end + 1;
    }
    return *end == '\0' && end != value ? 0 : -1;
}

static int parse_word(char *word, struct compare_case *the_case)
{
    char *value = strchr(word, '=');

    if (value == NULL)
        return -1;
    *value++ = '\0';
    if (strcmp(word, "call") == 0)
        return parse_call(value, &the_case->call);
    for (size_t part = 0; part < PART_COUNT; part++) {
        size_t prefix_length = strlen(parts[part].prefix);

        if (strncmp(word, parts[part].prefix, prefix_length) != 0)
            continue;
        for (const struct compare_field *field = parts[part].fields; field->name != NULL; field++) {
            if (strcmp(word + prefix_length, field->name) == 0)
                return parse_words(value, field->count, words_of(the_case, &parts[part], field));
        }
    }
    return -1;
}

int compare_case_parse(const char *text, struct compare_case *ret_case)
{
    char *copy = strdup(text);
    char *rest = copy;
    int result = copy == NULL ? -1 : 0;

    *ret_case = (struct compare_case){0};
    for (char *word; result == 0 && (word = strtok_r(rest, " ", &rest)) != NULL;)
        result = parse_word(word, ret_case);
    free(copy);
    return result;
}
