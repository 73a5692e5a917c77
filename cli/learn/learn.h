/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep learn`. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../common/account.h"
#include "../common/options.h"

enum ck_learn_option {
    CK_LEARN_USER = 1,
    CK_LEARN_CHECK,
    CK_LEARN_UNTIL,
    CK_LEARN_BEFORE,
    CK_LEARN_AFTER,
    CK_LEARN_TIMEOUT,
    CK_LEARN_FROM,
    CK_LEARN_CONFIRM,
    CK_LEARN_ALL,
    CK_LEARN_RUNS,
    CK_LEARN_MERGE,
    CK_LEARN_PID,
    CK_LEARN_STOP_AFTER,
    CK_LEARN_FORMAT,
    CK_LEARN_OUTPUT,
    CK_LEARN_ONCE,
};

extern const struct ck_verb ck_learn_table;

/* What is to be done. */
enum ck_learn_mode {
    CK_LEARN_SEARCH,
    CK_LEARN_FILES,  /* --merge */
    CK_LEARN_WATCH,  /* -p */
    CK_LEARN_SINGLE, /* --once */
};

struct ck_learn_options {
    enum ck_learn_mode mode;
    const char *user; /* as it was written */
    struct ck_account account;
    pid_t pid;
    int64_t stop_after; /* in milliseconds; 0 for never */
    const char *check;  /* these for sh -c, or NULL */
    const char *until;
    const char *before;
    const char *after;
    int64_t timeout; /* in milliseconds */
    uint64_t from_mask;
    uint64_t known_mask; /* what the kernel knows */
    unsigned confirm;
    bool all;
    bool runs;
    bool json;
    const char *output; /* a file, or NULL */
    char **command;     /* not empty; with --merge the files */
};

/* Returns whether `learn` is to go on; else *ret_status is its exit status, with the reason on stderr. */
bool ck_learn_options_read(int argc, char *argv[], struct ck_learn_options *ret_options, int *ret_status);
