/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Not libsmartcols: where a list is broken would be told to it as well, and a library to need saves half of this file. */
#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"

/* Where a list is broken; a single word may be longer. */
#define WIDTH_MAX 24U

void ck_table_start(struct ck_table *table, const char *const headings[], unsigned column_count)
{
    *table = (struct ck_table){.column_count = column_count};
    ck_table_add(table, headings);
}

void ck_table_add(struct ck_table *table, const char *const cells[])
{
    size_t count = (size_t)(table->row_count + 1) * table->column_count;

    table->cells = ck_memory(realloc(table->cells, count * sizeof(*table->cells)));
    for (unsigned i = 0; i < table->column_count; i++)
        table->cells[count - table->column_count + i] = ck_memory(strdup(cells[i]));
    table->row_count++;
}

/* How much of a cell goes into one line: as many whole parts of its list as fit, one at least. */
static size_t line_length(const char *text)
{
    size_t length = 0;

    for (;;) {
        size_t part = strcspn(text + length, ",");
        bool is_last = text[length + part] == '\0';

        if (length > 0 && length + part + !is_last > WIDTH_MAX)
            return length;
        length += part + !is_last;
        if (is_last)
            return length;
    }
}

static unsigned width_of(const struct ck_table *table, unsigned column)
{
    unsigned width = 0;

    for (unsigned row = 0; row < table->row_count; row++) {
        for (const char *at = table->cells[row * table->column_count + column]; *at != '\0';) {
            size_t length = line_length(at);
            if (length > width)
                width = (unsigned)length;
            at += length;
        }
    }
    return width;
}

/* One line of a row; moves each cell behind what was printed. Returns whether something is left. */
static bool print_line(const struct ck_table *table, const char *cells[], const unsigned widths[], FILE *stream)
{
    unsigned blanks = 0;
    bool is_left = false;

    for (unsigned i = 0; i < table->column_count; i++) {
        unsigned length = (unsigned)line_length(cells[i]);

        /* No blanks at the end of a line. */
        if (length > 0) {
            fprintf(stream, "%*s%.*s", (int)blanks, "", (int)length, cells[i]);
            blanks = 0;
        }
        blanks += widths[i] - length + 2;
        cells[i] += length;
        is_left |= *cells[i] != '\0';
    }
    fputc('\n', stream);
    return is_left;
}

void ck_table_print(struct ck_table *table, FILE *stream)
{
    unsigned widths[CK_TABLE_COLUMNS_MAX];

    for (unsigned i = 0; i < table->column_count; i++)
        widths[i] = width_of(table, i);
    for (unsigned row = 0; row < table->row_count; row++) {
        const char *cells[CK_TABLE_COLUMNS_MAX];

        memcpy(cells, table->cells + (size_t)row * table->column_count, table->column_count * sizeof(*cells));
        while (print_line(table, cells, widths, stream))
            continue;
    }
    for (unsigned i = 0; i < table->row_count * table->column_count; i++)
        free(table->cells[i]);
    free(table->cells);
}
