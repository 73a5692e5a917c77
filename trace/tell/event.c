/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session_work.h"

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* it cannot fail */
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

struct ck_trace_event ck_event_of(const struct ck_session *session, const struct ck_tracee *tracee,
                                  enum ck_trace_kind kind)
{
    const struct ck_known *known = tracee->data;

    return (struct ck_trace_event){
        .kind = kind,
        .time = seconds_since(&session->began),
        .pid = tracee->pid,
        .tid = tracee->tid,
        .ppid = known->ppid,
        .depth = known->depth,
        .comm = known->comm,
        .former_comm = known->comm,
        .exe = ck_known_exe(known),
        .call = tracee->call != NULL ? tracee->call->name : "",
        .object = "",
        .script = "",
        .program = ck_known_exe(known),
        .by_itself = known->is_setid,
    };
}
