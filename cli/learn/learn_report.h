/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What a run reports of itself: memory that is shared with the process that carries it out. */
#include <sys/types.h>

#include "../../trace/once/once.h"
#include "learn_search.h"

/* Calls that were alike but for their time. More kinds than these are counted in the masks alone. */
#define CK_LEARN_CALLS_MAX 512U

struct ck_learn_call {
    char call[32];
    char comm[64];
    char program[256]; /* longer names are cut */
    char object[256];  /* what it was about: a path, an address, a process; or "" */
    int error;         /* with which it has failed, or 0 */
    uint64_t granted_mask;
    uint64_t denied_mask;
    unsigned count;
    enum ck_once_word made; /* with --once */
    int error_with;         /* where it has failed even with what it was given; or 0 */
};

/* The last call that was denied a capability, or refused in spite of all; its name is "" where there was none. */
struct ck_learn_obstacle {
    struct ck_learn_call call;
    bool is_failure; /* it has failed, or will be told so in a message */
    bool is_raised;  /* what is ambient did not reach the program */
    bool is_apart;   /* it was in another user namespace */
    bool is_lowered; /* by then it had lowered its own sets */
};

struct ck_learn_report {
    bool has_ended;
    bool has_rival;      /* it is a tracer itself, which fails where we trace: the run is none, and was ended */
    int wait_status;     /* of the command, as of waitpid(2) */
    int start_failure;   /* an exit status: it was never executed; or 0 */
    unsigned left;       /* processes that it left behind, and that were ended */
    bool is_left;        /* one of them could not be ended */
    char hindrance[256]; /* why it was not observed, or "" */

    struct ck_learn_seen seen;
    uint64_t passing_mask; /* asked for in taking memory */
    uint64_t raised_mask;  /* asked for by programs that ambient capabilities do not reach */
    bool is_hindered;      /* --once could not empty the effective set of a program */
    bool has_asked_caps;   /* it has looked at what is effective; with --once */
    bool has_asked_uid;
    bool asks_uid;    /* it has asked for its uid among its last calls */
    bool has_lowered; /* it has lowered its own sets */
    struct ck_learn_obstacle obstacle;
    bool is_full; /* there were calls of more kinds than these */
    unsigned call_count;
    struct ck_learn_call calls[CK_LEARN_CALLS_MAX];
};

/* Ends the process with 125 where there is no memory. */
struct ck_learn_report *ck_learn_report_new(void);
