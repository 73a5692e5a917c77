/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The parts of what `learn` prints that its forms have in common. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "learn_report.h"

/* Names, with this between them. */
void ck_learn_print_caps(FILE *out, uint64_t mask, char separator);

/* What is foreign is made harmless for a terminal and for a line. */
void ck_learn_print_foreign(FILE *out, const char *text);

/* The rule of a policy; where none can name the program, a comment that says so. */
void ck_learn_print_rule(FILE *out, const char *program, const char *user, uint64_t set);

/* The comment with the command line that gives the same. */
void ck_learn_print_run(FILE *out, const char *user, char *const command[], uint64_t set);

/* What is given to a shell is given to all that it is told to do. */
void ck_learn_print_shell_warning(FILE *out, const char *program, const char *user);

/* A call in a comment, with the capabilities of `mask`. `is_helped`: its error is the one that it has without them. */
void ck_learn_print_call(FILE *out, const struct ck_learn_call *call, uint64_t mask, bool is_helped);

/* Where not every call is listed, or was told by the kernel. */
void ck_learn_print_gaps(FILE *out, const struct ck_learn_report *report);
