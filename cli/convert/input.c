/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/exit.h"

/* No configuration is this long. */
#define SIZE_MAX_OF_INPUT ((size_t)16 * 1024 * 1024)

static int read_all(FILE *stream, const char *name, struct ck_input *ret_input)
{
    size_t size = 0;

    *ret_input = (struct ck_input){0};
    do {
        size += 65536;
        ret_input->text = ck_memory(realloc(ret_input->text, size + 1));
        ret_input->length += fread(ret_input->text + ret_input->length, 1, size - ret_input->length, stream);
    } while (ret_input->length == size && size < SIZE_MAX_OF_INPUT);
    if (ferror(stream) != 0)
        return ck_fail("convert", "%s: %s", name, strerror(errno));
    if (feof(stream) == 0)
        return ck_fail("convert", "%s: %s", name, "longer than any configuration");
    ret_input->text[ret_input->length] = '\0';
    return 0;
}

/* What the one parser takes for a blank and the next one for a letter is neither. */
static int check_text(const char *name, const struct ck_input *input)
{
    unsigned line = 1;

    for (size_t i = 0; i < input->length; i++) {
        unsigned char c = (unsigned char)input->text[i];

        if ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f) {
            fprintf(stderr, "%s:%u: error: a control character (\\x%02x): this is not a text file\n", name, line, c);
            return 1;
        }
        line += c == '\n';
    }
    return 0;
}

int ck_input_read(const char *file, const char *name, struct ck_input *ret_input)
{
    bool is_stdin = strcmp(file, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(file, "re");

    if (stream == NULL)
        return ck_fail("convert", "%s: %s", name, strerror(errno));
    int status = read_all(stream, name, ret_input);
    struct stat about;
    ret_input->is_anybodys =
        fstat(fileno(stream), &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & S_IWOTH) != 0;
    if (!is_stdin)
        (void)fclose(stream); /* read only: nothing is lost with it */
    if (status == 0)
        status = check_text(name, ret_input);
    if (status != 0)
        free(ret_input->text);
    return status;
}

char *ck_input_line(char **next)
{
    char *line = *next;

    if (*line == '\0')
        return NULL;
    *next += strcspn(line, "\n");
    if (**next == '\n')
        *(*next)++ = '\0';
    return line;
}
