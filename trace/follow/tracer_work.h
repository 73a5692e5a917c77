/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the parts of the tracer share: events (tracer.c), the beginning (begin.c), the end (release.c), jobs (job.c). */
#include <sys/ptrace.h>

#include "threads.h"

struct ck_tracer {
    struct ck_tracer_options options;
    const struct ck_listener *listener;
    void *context;
    struct ck_threads threads;
    unsigned waiting;        /* of them, for their creators */
    pid_t command;           /* the first process of a command that was started, or 0 */
    int status;              /* of it, once it has ended */
    pid_t holder;            /* who traces what could not be traced, or 0 */
    int gate;                /* what it waits at, or -1 */
    bool stops_with_command; /* the last stop of the command's is one that its shell has to see us in, too */
    int resume;              /* PTRACE_SYSCALL, or PTRACE_CONT where a filter stops at the calls */
};

/* glibc's header has this as an enumeration of its own, the kernel's as macros; ptrace's prototype wants the first. */
static inline long ck_trace(int request, pid_t tid, void *address, void *data)
{
    return ptrace((enum __ptrace_request)request, tid, address, data);
}

/* The thread goes on. Where it has been killed meanwhile its end will be reported. */
void ck_tracer_resume(const struct ck_tracer *tracer, pid_t tid, int signal);

/* What waitpid(2) has told of a thread, known or not. */
void ck_tracer_handle(struct ck_tracer *tracer, pid_t tid, int status);

/* The listener is told of the thread, unless it has been. */
void ck_tracer_tell_start(struct ck_tracer *tracer, struct ck_tracee *tracee, struct ck_tracee *creator);

/* It is heard of no more. `status` is as of waitpid(2), or -1 where it goes on without us or has ended unheard. */
void ck_tracer_end(struct ck_tracer *tracer, struct ck_tracee *tracee, int status);

/* At PTRACE_EVENT_EXEC: the thread that executes takes the leader's place and all others have ended. Returns it. */
struct ck_tracee *ck_tracer_settle_exec(struct ck_tracer *tracer, struct ck_tracee *leader);

/* Before a signal is delivered: if it is to stop the command, whether that is the business of a shell that waits for us. */
void ck_job_note_signal(struct ck_tracer *tracer, const struct ck_tracee *tracee, int signal);

/*
 * After PTRACE_EVENT_STOP: a stopped job is left stopped, until somebody continues it. We stop with it only where the
 * one who continues it will continue us: who stops or continues the command alone does not know of us.
 */
void ck_job_go_on(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal);

/*
 * Each is asked to stop, and detached as it does. All are waited for at once, as one may wait for another: a parent in
 * vfork stops when its child has been let go. One that does not stop even then is let go by the kernel when we end; a
 * second signal makes us do so.
 */
void ck_tracer_let_all_go(struct ck_tracer *tracer);
