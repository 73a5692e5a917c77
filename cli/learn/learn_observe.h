/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Looks on at a run: which capabilities the kernel was asked for, in which calls. */
#include <sys/types.h>

#include "learn_report.h"

struct ck_learn_observer;

enum ck_learn_view {
    CK_LEARN_START,   /* it has not been executed yet */
    CK_LEARN_PRETEND, /* the same; and whoever asks for a uid hears 0 */
    CK_LEARN_RUNNING,
    CK_LEARN_GIVE, /* as CK_LEARN_START; and what it is denied it is given, call by call (trace/once) */
};

/*
 * Takes on the command; `from_mask` is what may be given with CK_LEARN_GIVE. Returns NULL, with the reason in the report, where it cannot be
 * traced; it can be run all the same.
 */
struct ck_learn_observer *ck_learn_observe(pid_t command, enum ck_learn_view view, uint64_t from_mask,
                                           struct ck_learn_report *report);

/*
 * Until it has ended, or for so many milliseconds, if not 0; what it has started is let go then. Returns how many it
 * took. Uses SIGALRM and its timer.
 */
int64_t ck_learn_follow(struct ck_learn_observer *observer, int64_t stop_after);

/* From a signal handler: it is enough. */
void ck_learn_observe_stop(void);
