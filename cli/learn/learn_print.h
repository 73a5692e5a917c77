/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The parts of what `learn` prints that its forms have in common. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "learn_result.h"

/* All that is to be given; until the next call. */
const char *ck_learn_name_all(const struct ck_learn_options *options);

/* Names, with this between them. */
void ck_learn_print_caps(FILE *out, uint64_t mask, char separator);

/* What is foreign is made harmless for a terminal and for a line. */
void ck_learn_print_foreign(FILE *out, const char *text);

/*
 * The rule of a policy; where none can name the program, a comment that says so. With `command`, which may be NULL, the
 * comment with the command line that gives the same. What is given to a shell is given to all that it is told to do, and
 * that is warned of.
 */
void ck_learn_print_rule(FILE *out, const char *program, const char *user, char *const command[], uint64_t set);

/* "# WHAT: CAPS" and a remark; nothing where the mask is empty. */
void ck_learn_print_mask(FILE *out, const char *what, uint64_t mask, const char *remark);

/* A capability in a comment, and the rest of its line. */
void ck_learn_print_cap(FILE *out, unsigned cap, const char *text);

/* What would be better than each of a set. */
void ck_learn_print_advice(FILE *out, const struct ck_learn_result *result, uint64_t set);

/* A call in a comment, with the capabilities of `mask`. `is_helped`: its error is the one that it has without them. */
void ck_learn_print_call(FILE *out, const struct ck_learn_call *call, uint64_t mask, bool is_helped);

/* Where not every call is listed, or was told by the kernel. */
void ck_learn_print_gaps(FILE *out, const struct ck_learn_report *report);
