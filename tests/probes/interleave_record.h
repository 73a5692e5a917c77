/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What comes of one case of `interleave`: written by its processes into shared memory, whole words alone, so that two
 * records are equal where their bytes are.
 */
#include <stdint.h>
#include <sys/types.h>

/* Where the memory is found by every program that is executed. */
#define INTERLEAVE_RECORD_FD 200

enum { INTERLEAVE_THREADS_MAX = 2, INTERLEAVE_STEPS_MAX = 2, INTERLEAVE_CHAINS = 2 };

/* One thread, by /proc/PID/task/TID/status. */
struct interleave_state {
    uint64_t uids[4];
    uint64_t permitted;
    uint64_t effective;
    uint64_t inheritable;
    uint64_t ambient;
    uint64_t bounding;
    uint64_t no_new_privs;
    uint64_t blocked; /* SigBlk */
};

/* A program that was executed, or a child that was forked. */
struct interleave_report {
    uint64_t done;
    struct interleave_state state;
    uint64_t environment; /* enum interleave_environment */
};

enum interleave_environment { INTERLEAVE_HAS_PRELOAD = 1, INTERLEAVE_HAS_POLICY = 2, INTERLEAVE_HAS_OTHERS = 4 };

/* Who reports. Those with _FORKED belong to the child that a handler forked and that went on from there. */
enum interleave_reporter {
    REPORT_INNER_CHILD,   /* a child that the handler forked */
    REPORT_INNER_PROGRAM, /* what the handler executed or spawned */
    REPORT_OUTER_PROGRAM, /* what the outer operation executed or spawned */
    REPORT_OUTER_PROGRAM_FORKED,
    REPORT_LATER, /* a child that changes its uid for good when all is over */
    REPORT_LATER_FORKED,
    REPORT_AFTER, /* the program that is executed then */
    REPORT_AFTER_FORKED,
    REPORT_COUNT
};

struct interleave_result {
    uint64_t done;
    int64_t value;
    int64_t error; /* errno behind it, which was set beforehand */
};

/* A process when all is over. */
struct interleave_end {
    uint64_t done;
    uint64_t threads;
    struct interleave_state thread[INTERLEAVE_THREADS_MAX];
    uint64_t keepcaps; /* by the kernel, and as the library answers */
    uint64_t keepcaps_said;
    uint64_t securebits;
    uint64_t securebits_said;
    uint64_t environ_kept;
};

enum interleave_phase { PHASE_BEGUN, PHASE_OUTER, PHASE_BETWEEN, PHASE_OVER };

struct interleave_record {
    struct interleave_result outer[INTERLEAVE_STEPS_MAX];
    struct interleave_result outer_forked[INTERLEAVE_STEPS_MAX];
    struct interleave_result inner;
    struct interleave_end end[INTERLEAVE_CHAINS];
    struct interleave_report report[REPORT_COUNT];
    uint64_t jumped;
    uint64_t ended; /* how the process did, as wait(2) tells it */
    uint64_t hung;
    /* From here on not a part of the result. */
    volatile uint64_t phase;
    volatile uint64_t inner_over; /* the second thread is done with it */
    volatile uint64_t second;     /* its number */
};

/* Reads the status of a thread: async-signal-safe. Returns 0 or -1. */
int interleave_state_read(const char *path, struct interleave_state *ret_state);

/* The letter of a thread's state in its stat, or 0: 'S' where it sleeps. */
char interleave_run_state(pid_t pid, pid_t thread);
