/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Where a verb writes, and whether all of it has arrived. */
#include <stdbool.h>
#include <stdio.h>

/*
 * Ends what was written to standard output, and so the process: what did not arrive is an error, whatever else went well.
 * Returns `status`, or 125 with a line on standard error.
 */
int ck_output_close(int status);

/* Where a verb writes: a file, or `otherwise` where `path` is NULL. Returns NULL with the reason on stderr. */
FILE *ck_output_open(const char *verb, const char *path, FILE *otherwise);

/* Closes the file, or flushes what is none. Returns whether all of it has arrived; of a file it is told where not. */
bool ck_output_end(const char *verb, const char *path, FILE *out);
