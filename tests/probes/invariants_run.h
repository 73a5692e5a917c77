/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A case as the kernel sees it. A child puts itself into the state, past the library; before each of its calls a twin, a
 * fork of it, makes the same call as it would be without the library.
 */
#include <sys/types.h>

#include "compare_state.h"
#include "invariants_case.h"

/* One way of making a call. */
struct invariants_outcome {
    uint64_t done;
    int64_t result; /* of the call; for posix_spawn its number, for system and popen the exit status */
    uint64_t error; /* errno after it, 0 where it was not touched */
    struct compare_state after;
    uint64_t started; /* the program ran, and this is what it had */
    struct compare_state program;
};

struct invariants_step {
    struct compare_state before;
    struct invariants_outcome bare;
    struct invariants_outcome ours;
    uint64_t log_start; /* where its lines begin and end in the log */
    uint64_t log_end;
};

struct invariants_record {
    uint64_t steps; /* begun */
    struct invariants_step step[INVARIANTS_CALLS_MAX];
};

struct invariants_runner {
    const struct invariants_limits *limits;
    const char *directory;            /* of the programs */
    struct compare_report *report;    /* what the programs write to, COMPARE_REPORT_FD */
    struct invariants_record *record; /* shared with the children */
    int log;                          /* the library's stderr, for reading */
};

/* Takes descriptor 2 for the log. Returns 0 or -1. */
int invariants_start(struct invariants_runner *runner);

/* Returns NULL with the record in runner->record, or what kept the case from being run. */
const char *invariants_run(struct invariants_runner *runner, const struct invariants_case *the_case);
