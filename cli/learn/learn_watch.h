/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A process that runs already, looked on at: what it is granted and denied, with the sets that it has. */
#include <stdio.h>

#include "learn.h"
#include "learn_report.h"

struct ck_learn_watched {
    pid_t pid;
    uid_t uid;
    char program[4096];
    char **command;
    uint64_t held_mask; /* permitted, when it was looked at last */
    double seconds;
    bool has_ended;
    const struct ck_learn_report *report;
};

/* Until it has ended, for --stop-after, or until a signal. Returns 0, or an exit status with the reason on stderr. */
int ck_learn_watch(const struct ck_learn_options *options, struct ck_learn_watched *ret_watched);

/* What it holds and was not granted, as far as that is known. */
uint64_t ck_learn_watch_unused(const struct ck_learn_watched *watched);

void ck_learn_watch_text(FILE *out, const struct ck_learn_watched *watched);
void ck_learn_watch_json(FILE *out, const struct ck_learn_watched *watched);
