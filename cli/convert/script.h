/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A shell script as far as one can tell without running it: plain assignments that are always made, and whether anything
 * else could assign the same variables. What could is refused, by its line.
 */
#include "conversion.h"
#include "input.h"

struct ck_script_variable {
    const char *name;
    char *value;   /* NULL where it is not assigned; the last assignment counts */
    unsigned line; /* of that */
};

struct ck_script_rules {
    struct ck_script_variable *variables; /* the last one has no name */
    const char *const *functions;         /* that the script is not to define; NULL behind the last */
    const char *const *texts;             /* that stand nowhere but in the variables' values; NULL behind the last */
};

/* Fills the values in, and tells what is wrong. Writes to `text`. */
void ck_script_read(struct ck_conversion *conversion, char *text, const struct ck_script_rules *rules);
