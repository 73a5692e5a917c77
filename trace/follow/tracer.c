/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracer.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../proc/proc.h"
#include "tracer_work.h"
#include "untraced.h"
#include "wait.h"

struct ck_tracee *ck_tracer_find(struct ck_tracer *tracer, pid_t tid)
{
    return ck_threads_find(&tracer->threads, tid);
}

/* The process of a thread, from the kernel; the thread itself where /proc does not tell. */
static pid_t read_pid(pid_t tid)
{
    struct ck_proc proc;

    return ck_proc_read(tid, &proc) == 0 ? proc.pid : tid;
}

void ck_tracer_tell_start(struct ck_tracer *tracer, struct ck_tracee *tracee, struct ck_tracee *creator)
{
    if (tracee->started)
        return;
    tracee->started = true;
    if (tracer->listener->start != NULL)
        tracer->listener->start(tracer->context, tracee, creator);
}

/* --- going on */

/* ESRCH: killed meanwhile; its end will be reported. */
void ck_tracer_resume(const struct ck_tracer *tracer, pid_t tid, int signal)
{
    (void)ck_trace(tracer->resume, tid, NULL, (void *)(intptr_t)signal);
}

/* --- threads that are heard of before those that have made them */

static void wait_for_creator(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    tracee->waits = true;
    tracee->wait_signal = signal;
    tracer->waiting++;
}

static void wait_no_longer(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    if (!tracee->waits)
        return;
    tracee->waits = false;
    tracer->waiting--;
    ck_job_go_on(tracer, tracee, tracee->wait_signal);
}

/*
 * A thread that is killed in the middle of a clone is not heard of as a creator: at its end, what it may have made waits
 * no longer. Nor does what has a parent that is not followed (CLONE_PARENT): who has made that cannot be known.
 */
static void start_what_was_made_by(struct ck_tracer *tracer, struct ck_tracee *ended)
{
    for (size_t i = 0; i < CK_THREAD_BUCKETS && tracer->waiting > 0; i++) {
        for (struct ck_tracee *tracee = tracer->threads.buckets[i]; tracee != NULL; tracee = tracee->next) {
            struct ck_proc proc;

            /* The analyser takes one that has been unlinked for still linked. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
            if (!tracee->waits || tracee == ended || ck_proc_read(tracee->tid, &proc) < 0)
                continue;
            pid_t maker = proc.pid != tracee->tid ? proc.pid : proc.ppid;
            if (maker != ended->pid && ck_threads_has_process(&tracer->threads, maker))
                continue;
            tracee->pid = proc.pid;
            ck_tracer_tell_start(tracer, tracee, maker == ended->pid ? ended : NULL);
            wait_no_longer(tracer, tracee);
        }
    }
}

void ck_tracer_end(struct ck_tracer *tracer, struct ck_tracee *tracee, int status)
{
    if (tracee->waits)
        tracer->waiting--;
    if (tracee->started) {
        start_what_was_made_by(tracer, tracee);
        if (tracer->listener->end != NULL)
            tracer->listener->end(tracer->context, tracee, status);
    }
    ck_threads_remove(&tracer->threads, tracee);
    free(tracee);
}

/* The end of a stop at which a listener was told something: what it has asked for. */
static void after_listener(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    pid_t tid = tracee->tid;

    if (tracee->has_left) {
        tracee->has_left = false;
        return;
    }
    if (tracee->release) {
        (void)ck_trace(PTRACE_DETACH, tid, NULL, NULL); /* ESRCH: as above */
        ck_tracer_end(tracer, tracee, -1);
        return;
    }
    ck_tracer_resume(tracer, tid, 0);
    /* A stop of the job that was run through: if it still stands, the thread answers with it, and stays stopped. */
    if (tracee->check_stop)
        (void)ck_trace(PTRACE_INTERRUPT, tid, NULL, NULL); /* as above */
    tracee->check_stop = false;
}

/* --- system calls */

static bool read_call(struct ck_tracee *tracee)
{
    struct __ptrace_syscall_info info;

    if (ck_trace(PTRACE_GET_SYSCALL_INFO, tracee->tid, (void *)sizeof(info), &info) <= 0)
        return false;
    /* A stop at the end of a call whose beginning was not stopped at. */
    if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        tracee->in_call = false;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        tracee->number = (int64_t)info.entry.nr;
        memcpy(tracee->args, info.entry.args, sizeof(tracee->args));
    } else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        tracee->number = (int64_t)info.seccomp.nr;
        memcpy(tracee->args, info.seccomp.args, sizeof(tracee->args));
    } else {
        return false;
    }
    tracee->arch = info.arch;
    tracee->is_32bit = (info.arch & __AUDIT_ARCH_64BIT) == 0;
    return true;
}

static void enter_call(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    tracee->in_call = true;
    tracee->call = NULL;
    if (!read_call(tracee))
        return;
    tracee->call = ck_watch_find(tracee->arch, (uint64_t)tracee->number);
    if (tracee->call != NULL && tracee->call->kind == CK_WATCH_CLONE)
        ck_untraced_clear(tracee);
    if (tracer->listener->arrive != NULL)
        tracer->listener->arrive(tracer->context, tracee);
    if (tracee->call != NULL && tracer->listener->entry != NULL && !tracee->has_left)
        tracer->listener->entry(tracer->context, tracee);
}

int ck_tracer_result(const struct ck_tracee *tracee, int64_t *ret_result)
{
    struct __ptrace_syscall_info info;

    if (ck_trace(PTRACE_GET_SYSCALL_INFO, tracee->tid, (void *)sizeof(info), &info) < 0)
        return -errno;
    if (info.op != PTRACE_SYSCALL_INFO_EXIT)
        return -EINVAL;
    *ret_result = info.exit.rval;
    return 0;
}

static void leave_call(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    tracee->in_call = false;
    ck_untraced_restore(tracee);
    if (tracer->listener->leave != NULL)
        tracer->listener->leave(tracer->context, tracee);
}

static void syscall_stop(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    if (tracee->in_call)
        leave_call(tracer, tracee);
    else
        enter_call(tracer, tracee);
    after_listener(tracer, tracee);
}

/* With a filter: the stop before a watched call; its end is asked for, the calls in between are not stopped at. */
static void seccomp_stop(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    enter_call(tracer, tracee);
    (void)ck_trace(PTRACE_SYSCALL, tracee->tid, NULL, NULL); /* ESRCH: as above */
}

/* --- events */

/* PTRACE_EVENT_CLONE is a thread as a rule, the other two are a process always. */
static void created_stop(struct ck_tracer *tracer, struct ck_tracee *tracee, int event)
{
    unsigned long message = 0;
    struct ck_tracee *created;

    if (ck_trace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &message) == 0 && message != 0) {
        created = ck_threads_find(&tracer->threads, (pid_t)message);
        if (created == NULL)
            created = ck_threads_add(&tracer->threads, (pid_t)message);
        if (created != NULL) {
            created->pid = event == PTRACE_EVENT_CLONE ? read_pid(created->tid) : created->tid;
            ck_tracer_tell_start(tracer, created, tracee);
        }
        if (created != NULL)
            wait_no_longer(tracer, created);
    }
    ck_untraced_restore(tracee);
    ck_tracer_resume(tracer, tracee->tid, 0);
}

/* An exec ends all other threads of the process, of some of them without a word (ptrace(2), "execve(2) under ptrace"). */
static void end_other_threads(struct ck_tracer *tracer, const struct ck_tracee *survivor)
{
    for (size_t i = 0; i < CK_THREAD_BUCKETS; i++) {
        for (struct ck_tracee *tracee = tracer->threads.buckets[i], *next; tracee != NULL; tracee = next) {
            next = tracee->next;
            if (tracee != survivor && tracee->pid == survivor->pid)
                ck_tracer_end(tracer, tracee, -1);
        }
    }
}

/* The thread that executes takes on the pid of its process; what is known of it moves along. */
static struct ck_tracee *take_on_pid(struct ck_tracer *tracer, struct ck_tracee *leader)
{
    unsigned long former = 0;
    struct ck_tracee *tracee;

    if (ck_trace(PTRACE_GETEVENTMSG, leader->tid, NULL, &former) < 0 || former == 0 || (pid_t)former == leader->tid)
        return leader;
    tracee = ck_threads_find(&tracer->threads, (pid_t)former);
    if (tracee == NULL)
        return leader;
    pid_t pid = leader->tid;
    ck_tracer_end(tracer, leader, -1);
    ck_threads_rename(&tracer->threads, tracee, pid);
    return tracee;
}

struct ck_tracee *ck_tracer_settle_exec(struct ck_tracer *tracer, struct ck_tracee *leader)
{
    struct ck_tracee *tracee = take_on_pid(tracer, leader);

    end_other_threads(tracer, tracee);
    return tracee;
}

static void exec_stop(struct ck_tracer *tracer, struct ck_tracee *leader)
{
    struct ck_tracee *tracee = ck_tracer_settle_exec(tracer, leader);

    /* It has succeeded. With a filter nothing stops at the end of the call any more. */
    tracee->call = NULL;
    tracee->in_call = tracee->in_call && !tracer->options.filter;
    if (tracer->listener->exec != NULL)
        tracer->listener->exec(tracer->context, tracee);
    after_listener(tracer, tracee);
}

/* PTRACE_EVENT_STOP: the first stop of a new thread, the answer to PTRACE_INTERRUPT, or a stopped job. */
static void plain_stop(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    if (!tracee->started && !tracee->attached) {
        wait_for_creator(tracer, tracee, signal);
        return;
    }
    ck_tracer_tell_start(tracer, tracee, NULL);
    ck_job_go_on(tracer, tracee, signal);
}

static void ptrace_event(struct ck_tracer *tracer, struct ck_tracee *tracee, int event, int signal)
{
    switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        created_stop(tracer, tracee, event);
        return;
    case PTRACE_EVENT_EXEC:
        exec_stop(tracer, tracee);
        return;
    case PTRACE_EVENT_SECCOMP:
        seccomp_stop(tracer, tracee);
        return;
    case PTRACE_EVENT_STOP:
        plain_stop(tracer, tracee, signal);
        return;
    default:
        ck_tracer_resume(tracer, tracee->tid, 0);
    }
}

static void deliver(struct ck_tracer *tracer, const struct ck_tracee *tracee, int signal)
{
    ck_job_note_signal(tracer, tracee, signal);
    ck_tracer_resume(tracer, tracee->tid, signal);
}

void ck_tracer_handle(struct ck_tracer *tracer, pid_t tid, int status)
{
    struct ck_tracee *tracee = ck_threads_find(&tracer->threads, tid);

    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (tid == tracer->command)
            tracer->status = status;
        if (tracee != NULL)
            ck_tracer_end(tracer, tracee, status);
        return;
    }
    /* A new thread may be heard of before the one that has made it. */
    if (tracee == NULL)
        tracee = ck_threads_add(&tracer->threads, tid);
    if (tracee == NULL) {
        (void)ck_trace(PTRACE_DETACH, tid, NULL, NULL); /* without memory better on its own than stopped for ever */
        return;
    }
    int signal = WSTOPSIG(status);
    int event = status >> 16;
    if (event != 0)
        ptrace_event(tracer, tracee, event, signal);
    else if (signal == (SIGTRAP | 0x80))
        syscall_stop(tracer, tracee);
    else
        deliver(tracer, tracee, signal);
}

/* --- the tracer */

struct ck_tracer *ck_tracer_new(const struct ck_tracer_options *options, const struct ck_listener *listener,
                                void *context)
{
    struct ck_tracer *tracer = calloc(1, sizeof(*tracer));

    if (tracer == NULL)
        return NULL;
    tracer->options = *options;
    tracer->listener = listener;
    tracer->context = context;
    tracer->status = tracer->gate = -1;
    tracer->resume = options->filter ? PTRACE_CONT : PTRACE_SYSCALL;
    return tracer;
}

void ck_tracer_free(struct ck_tracer *tracer)
{
    if (tracer != NULL && tracer->gate >= 0)
        (void)close(tracer->gate); /* the command never starts */
    free(tracer);
}

int ck_tracer_follow(struct ck_tracer *tracer, const volatile bool *stop)
{
    int status;

    while (tracer->threads.count > 0 && !*stop) {
        pid_t tid = ck_wait_for_any(&status);
        if (tid > 0)
            ck_tracer_handle(tracer, tid, status);
        else if (errno != EINTR)
            break;
        else if (tracer->options.interrupted != NULL)
            tracer->options.interrupted(tracer->options.interrupted_context);
    }
    ck_tracer_let_all_go(tracer);
    return tracer->status;
}
