/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A thread's whole credentials as it sees them itself, for kernel_compare and for the program that it executes. */
#include <stdint.h>

/* The descriptor of the shared memory to which the executed program writes its state. */
#define COMPARE_REPORT_FD 200

/* All plain numbers, so that two states are compared and printed by one loop over a table of names. */
struct compare_state {
    uint64_t uids[4]; /* real, effective, saved, file system */
    uint64_t gids[4];
    uint64_t permitted;
    uint64_t effective;
    uint64_t inheritable;
    uint64_t ambient;
    uint64_t bounding;
    uint64_t securebits;
    uint64_t no_new_privs;
};

struct compare_report {
    uint64_t done;
    int64_t result; /* of the call: what the kernel returned, or -errno */
    uint64_t secure;
    struct compare_state before;
    struct compare_state after;
};

void compare_state_read(unsigned last_cap, struct compare_state *ret_state);
