/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
#include "common/options.h"

/* The verbs of the command (verbs.def). argv[0] is the verb; each returns an exit status, with the reason on stderr. */

/* Becomes COMMAND, or returns 125 to 127 (exit.h). */
int ck_verb_run(int argc, char *argv[]);

/* 0 for a valid policy, 1 for one with mistakes (with --strict: or warnings), 125 for a wrong use. */
int ck_verb_check(int argc, char *argv[]);

/* 0 if all that is wanted arrives, 1 if not, 125 for a failure. */
int ck_verb_explain(int argc, char *argv[]);

/* 0; 1 if there is no such process; 125 for a failure. */
int ck_verb_status(int argc, char *argv[]);

/* 0 where it could be converted, 1 where not, 125 for a wrong use. */
int ck_verb_convert(int argc, char *argv[]);

/* The command's own status, or 125 to 127 (exit.h). */
int ck_verb_trace(int argc, char *argv[]);

/* 0 for a proven set, 3 where none is enough, 4 for an unsteady check, or 125 to 128+N. */
int ck_verb_learn(int argc, char *argv[]);

/* 0, or 125 for a wrong use. */
int ck_verb_help(int argc, char *argv[]);

extern const struct ck_verb ck_help_table;
