/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A table for a terminal: columns as wide as what stands in them, long lists broken at their commas. */
#include <stdio.h>

#define CK_TABLE_COLUMNS_MAX 16U

struct ck_table {
    unsigned column_count;
    unsigned row_count;
    char **cells; /* row after row */
};

/* Starts a table with its headings. The texts are copied. These end the process with 125 where there is no memory. */
void ck_table_start(struct ck_table *table, const char *const headings[], unsigned column_count);
void ck_table_add(struct ck_table *table, const char *const cells[]);

/* Prints the table, and gives it up. */
void ck_table_print(struct ck_table *table, FILE *stream);
