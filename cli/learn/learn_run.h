/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* One run of the command with a set of capabilities, and its verdict. */
#include "learn.h"
#include "learn_report.h"

struct ck_learn_run {
    uint64_t set;
    bool is_observed;
    bool is_told_root;  /* and observed: asked for its uid, it hears 0 */
    bool is_once;       /* and observed: what it is denied of the set it is given, call by call */
    bool has_terminal;  /* it is lent ours: standard input is what it is for us */
    const char *output; /* a file for what it writes */
};

struct ck_learn_outcome {
    bool has_passed;
    bool has_timed_out;
    int status; /* of the command, as a shell has it */
    double seconds;
};

/* From now on the signals that end us are only noted, and end the run in progress. */
void ck_learn_run_prepare(void);

/* In a child: these signals end it again, as they do what it is about to execute. */
void ck_learn_run_release(void);

/* The signal that was noted, or 0. */
int ck_learn_run_signal(void);

/*
 * Runs --before, the command, --check and --after. Returns 0, or an exit status with the reason on stderr: where --before
 * fails, or the command cannot be started. `report`, as of ck_learn_report_new, has what there was to see.
 */
int ck_learn_run(const struct ck_learn_options *options, const struct ck_learn_run *run, struct ck_learn_report *report,
                 struct ck_learn_outcome *ret_outcome);

/* What a command has written, for those who look on. */
void ck_learn_run_show(const char *output);

/* Asks --check. Returns whether it succeeds. */
bool ck_learn_run_check(const struct ck_learn_options *options, int status, const char *output);
