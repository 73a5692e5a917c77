/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep explain`. */
#include <stdbool.h>
#include <sys/types.h>

#include "../common/options.h"

extern const struct ck_verb ck_explain_table;

enum ck_explain_from { CK_FROM_ANY, CK_FROM_CURRENT, CK_FROM_ROOT };

enum ck_explain_option {
    CK_EXPLAIN_AMBIENT = 1,
    CK_EXPLAIN_USER,
    CK_EXPLAIN_POLICY,
    CK_EXPLAIN_LAUNCHER,
    CK_EXPLAIN_PID,
    CK_EXPLAIN_FROM,
    CK_EXPLAIN_KERNEL,
    CK_EXPLAIN_FORMAT,
};

struct ck_explain_options {
    char *ambient; /* NULL where not given; several add up */
    const char *policy;
    const char *user;
    const char *launcher;
    const char *program; /* NULL with a pid */
    pid_t pid;           /* 0 where not given */
    enum ck_explain_from from;
    const char *version; /* of another kernel; NULL for the one that runs */
    bool json;
};

/* Returns whether `explain` is to go on; else *ret_status is its exit status. */
bool ck_explain_options_read(int argc, char *argv[], struct ck_explain_options *ret_options, int *ret_status);

/* Whether a launch is to be predicted: else PROGRAM is told of as a launcher. */
bool ck_explain_options_has_launch(const struct ck_explain_options *options);
