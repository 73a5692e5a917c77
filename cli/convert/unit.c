/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../common/exit.h"
#include "../common/utf8.h"

#define BLANKS " \t"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct reader {
    struct ck_conversion *conversion;
    void (*handle)(void *context, const struct ck_unit_entry *entry);
    void *context;
    const char *section; /* NULL before the first of a file */
    char *entry;         /* lines joined so far */
    size_t length;
    unsigned line; /* where they begin; 0 for none */
};

static char *strip(char *text)
{
    text += strspn(text, BLANKS);
    for (size_t length = strlen(text); length > 0 && strchr(BLANKS, text[length - 1]) != NULL; length--)
        text[length - 1] = '\0';
    return text;
}

/* Other sections than these systemd leaves out, as it does one that is misspelt; that is hardly meant. */
static void start_section(struct reader *reader, char *heading)
{
    size_t length = strlen(heading);

    reader->section = "";
    if (heading[length - 1] != ']') {
        ck_conversion_fail(reader->conversion, reader->line, "a section's name ends with \"]\"");
        return;
    }
    heading[length - 1] = '\0';
    if (strcmp(heading + 1, "Service") == 0)
        reader->section = "Service";
    else if (strcmp(heading + 1, "Unit") != 0 && strcmp(heading + 1, "Install") != 0 &&
             strncmp(heading + 1, "X-", 2) != 0)
        ck_conversion_fail(reader->conversion, reader->line, "a service has no section [%s]", heading + 1);
}

static void end_entry(struct reader *reader)
{
    char *text = strip(reader->entry);
    char *equals = strchr(text, '=');

    reader->length = 0;
    if (reader->line == 0 || *text == '\0') {
        reader->line = 0;
        return;
    }
    if (*text == '[') {
        start_section(reader, text);
    } else if (equals == NULL || reader->section == NULL) {
        ck_conversion_fail(reader->conversion, reader->line,
                           equals == NULL ? "neither a section, an assignment nor a comment"
                                          : "an assignment in front of the first section");
    } else {
        *equals = '\0';
        const struct ck_unit_entry entry = {reader->line, reader->section, strip(text), strip(equals + 1)};
        reader->handle(reader->context, &entry);
    }
    reader->line = 0;
}

/* An odd number of backslashes at its end: a blank takes the place of the last one, and the next line follows. */
static bool is_continued(const char *line, size_t length)
{
    size_t count = 0;

    while (count < length && line[length - 1 - count] == '\\')
        count++;
    return count % 2 == 1;
}

static void add_line(struct reader *reader, const char *line, unsigned number)
{
    size_t length = strlen(line);
    size_t stripped = length;

    if (reader->line == 0)
        reader->line = number;
    if (!ck_utf8_is(line))
        ck_conversion_fail(reader->conversion, number, "not UTF-8: systemd does not load the unit");
    while (stripped > 0 && strchr(BLANKS, line[stripped - 1]) != NULL)
        stripped--;
    if (stripped < length && is_continued(line, stripped))
        ck_conversion_fail(reader->conversion, number,
                           "blanks behind a backslash: the versions of systemd differ over what it means");
    memcpy(reader->entry + reader->length, line, length + 1);
    reader->length += length;
    if (is_continued(line, length))
        reader->entry[reader->length - 1] = ' ';
    else
        end_entry(reader);
}

/* "# /PATH/NAME.service" or a drop-in's, at the beginning or below an empty line. */
static const char *path_of_file(const char *line, bool is_free)
{
    const char *dot = strrchr(line, '.');
    bool is_path = is_free && strncmp(line, "# /", 3) == 0 && strpbrk(line + 2, BLANKS) == NULL;

    return is_path && dot != NULL && (strcmp(dot, ".service") == 0 || strcmp(dot, ".conf") == 0) ? line + 2 : NULL;
}

void ck_unit_read(struct ck_conversion *conversion, char *text,
                  void (*handle)(void *context, const struct ck_unit_entry *entry), void *context,
                  const char **ret_path)
{
    struct reader reader = {.conversion = conversion, .handle = handle, .context = context};
    unsigned number = 0;
    bool is_free = true;
    bool is_cat = false; /* else what looks like the path of a file is a comment as any other */

    *ret_path = "";
    if (strncmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
        text += strlen(BYTE_ORDER_MARK);
    reader.entry = ck_memory(calloc(strlen(text) + 1, 1));
    for (char *line; (line = ck_input_line(&text)) != NULL;) {
        const char *path = path_of_file(line, is_free);

        number++;
        is_cat |= number == 1 && path != NULL;
        line += strspn(line, BLANKS);
        is_free = *line == '\0';
        if (is_cat && path != NULL) {
            end_entry(&reader);
            reader.section = NULL; /* each file begins with a section of its own */
            if (**ret_path == '\0')
                *ret_path = path;
        } else if (*line != '#' && *line != ';') {
            add_line(&reader, line, number); /* a comment does not end what is continued */
        }
    }
    end_entry(&reader);
    free(reader.entry);
}

int ck_unit_bool(const char *value)
{
    static const char *const words[][2] = {{"0", "1"},        {"no", "yes"}, {"n", "y"},
                                           {"false", "true"}, {"f", "t"},    {"off", "on"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        for (int answer = 0; answer < 2; answer++) {
            if (strcasecmp(value, words[i][answer]) == 0)
                return answer;
        }
    }
    return -1;
}

/* What a backslash in front of it makes of a letter; 0 for an escape by number or for a control character. */
static char escaped(char c)
{
    return c == 's' ? ' ' : c != '\0' && strchr("\\\"'", c) != NULL ? c : '\0';
}

int ck_unit_word(const char **text, char *ret_word)
{
    const char *at = *text + strspn(*text, BLANKS);
    char *to = ret_word;
    char quote = '\0';

    if (*at == '\0')
        return 0;
    for (; *at != '\0' && (quote != '\0' || strchr(BLANKS, *at) == NULL); at++) {
        char letter = *at;

        if (letter == '\\') {
            letter = to != NULL ? escaped(*++at) : *++at;
            if (letter == '\0')
                return -1;
        } else if (quote == '\0' && (letter == '"' || letter == '\'')) {
            quote = letter;
            continue;
        } else if (letter == quote) {
            quote = '\0';
            continue;
        }
        if (to != NULL)
            *to++ = letter;
    }
    if (to != NULL)
        *to = '\0';
    *text = at + strspn(at, BLANKS);
    return quote == '\0' ? 1 : -1;
}
