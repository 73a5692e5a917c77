/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A process is stopped at a system call of its outer operation, and sent the signal of the inner one there. */
#include <stdbool.h>
#include <sys/types.h>

#include "interleave_record.h"

struct interleave_point {
    unsigned number; /* counted over the stops of the outer operation, from 0 */
    long call;
    bool at_entry;
};

/*
 * Takes a child that waits to be traced to its stop `point->number`, fills in where that is, sends it SIGUSR1 and lets go of
 * it. Returns false where the outer operation was over before; the child is let go all the same. `*ret_status` is how it
 * ended, where it has, or -1.
 */
bool interleave_trace(pid_t pid, const struct interleave_record *record, struct interleave_point *point,
                      int *ret_status);

/*
 * The same with two threads: the first one is held at its stop while the second one does the inner operation, until that is
 * done or waits for the first. Returns only when the process has ended; it is killed where the point was not reached.
 */
bool interleave_trace_threads(pid_t pid, const struct interleave_record *record, struct interleave_point *point,
                              int *ret_status);

/* For both: where a thread is stopped, and the thread back in front of the call that it is at the entry of. */
bool interleave_read_stop(pid_t thread, struct interleave_point *point);
bool interleave_take_back_call(pid_t thread);
