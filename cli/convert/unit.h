/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A systemd unit, as systemd.syntax(7) and its parser (config_parse) have it: sections, keys, continued lines, words. */
#include <stdbool.h>

#include "conversion.h"
#include "input.h"

struct ck_unit_entry {
    unsigned line; /* where it begins */
    const char *section;
    const char *key;
    const char *value; /* without the blanks around it */
};

/*
 * Hands every assignment of `text` (which is written to) to `handle`. In what `systemctl cat` prints, several files
 * follow each other, each below a comment with its path; the first of these goes to *ret_path, or "".
 */
void ck_unit_read(struct ck_conversion *conversion, char *text,
                  void (*handle)(void *context, const struct ck_unit_entry *entry), void *context,
                  const char **ret_path);

/* systemd's booleans: 1, 0, or -1 for what is none. */
int ck_unit_bool(const char *value);

/*
 * The next word of a command line, with its quotes and backslashes taken away, into `ret_word`, which is as large as
 * the text; or NULL for a word that nobody wants to know, which may have any escape. Returns 1 with *text behind it, 0 at
 * the end, -1 for an open quote or an escape that we do not read.
 */
int ck_unit_word(const char **text, char *ret_word);
