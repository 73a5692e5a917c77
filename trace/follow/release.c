/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracer_work.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "wait.h"

/* What it has been stopped for goes on: a signal is delivered, a stopped job stays stopped (the kernel sees to that). */
static void let_go(struct ck_tracer *tracer, struct ck_tracee *tracee, int status)
{
    bool is_signal = status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80);

    (void)ck_trace(PTRACE_DETACH, tracee->tid, NULL,
                   (void *)(intptr_t)(is_signal ? WSTOPSIG(status) : 0)); /* as above */
    ck_tracer_end(tracer, tracee, -1);
}

/* What is made or becomes another thread in the last moment is let go as well. */
static void let_go_at_stop(struct ck_tracer *tracer, pid_t tid, int status)
{
    struct ck_tracee *tracee = ck_threads_find(&tracer->threads, tid);
    int event = status >> 16;
    unsigned long message = 0;

    if (tracee == NULL)
        tracee = ck_threads_add(&tracer->threads, tid);
    if (tracee == NULL)
        return;
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        if (ck_trace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &message) == 0 && message != 0 &&
            ck_threads_find(&tracer->threads, (pid_t)message) == NULL)
            (void)ck_threads_add(&tracer->threads, (pid_t)message); /* without memory it is let go when we end */
    } else if (event == PTRACE_EVENT_EXEC) {
        tracee = ck_tracer_settle_exec(tracer, tracee);
    }
    let_go(tracer, tracee, status);
}

static void ask_all_to_stop(struct ck_tracer *tracer)
{
    for (size_t i = 0; i < CK_THREAD_BUCKETS; i++) {
        for (struct ck_tracee *tracee = tracer->threads.buckets[i], *next; tracee != NULL; tracee = next) {
            next = tracee->next;
            if (tracee->waits)
                let_go(tracer, tracee, PTRACE_EVENT_STOP << 16 | SIGTRAP << 8); /* the stop that it is in */
            else if (ck_trace(PTRACE_INTERRUPT, tracee->tid, NULL, NULL) < 0)
                ck_tracer_end(tracer, tracee, -1); /* it is gone, and nothing will be heard of it */
        }
    }
}

unsigned ck_tracer_kill_all(struct ck_tracer *tracer, const struct ck_tracee *ended)
{
    unsigned count = 0;

    for (size_t i = 0; i < CK_THREAD_BUCKETS; i++) {
        for (const struct ck_tracee *tracee = tracer->threads.buckets[i]; tracee != NULL; tracee = tracee->next) {
            if (tracee->pid != ended->pid && kill(tracee->pid, SIGKILL) == 0) /* else it has just ended */
                count += tracee->tid == tracee->pid;
        }
    }
    return count;
}

void ck_tracer_let_all_go(struct ck_tracer *tracer)
{
    int patience = 2;

    ask_all_to_stop(tracer);
    while (tracer->threads.count > 0 && patience > 0) {
        int status;
        pid_t tid = ck_wait_for_any(&status);

        if (tid < 0 && errno != EINTR)
            return;
        if (tid < 0)
            patience--;
        else if (WIFSTOPPED(status))
            let_go_at_stop(tracer, tid, status);
        else
            ck_tracer_handle(tracer, tid, status);
    }
}
