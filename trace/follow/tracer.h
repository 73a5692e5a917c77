/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Follows a command, or a running process, and everything that it starts, by ptrace(2): static programs, raw system
 * calls, threads, vfork. Knows nothing of capabilities: who listens is told of each watched system call and of each
 * exec while the thread stands still.
 *
 * What a tracer must not change: signals go to whom they were sent to, a stopped job stays stopped, exit statuses are
 * the command's, and when the tracer ends, by whatever means, everything runs on. That is why every system call is
 * stopped at, and no seccomp filter is used unless it is asked for: a filter outlives its tracer, and what it had
 * traced then fails with ENOSYS.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../arch/watch.h"

/* One thread. */
struct ck_tracee {
    struct ck_tracee *next; /* in its bucket */
    pid_t tid;
    pid_t pid;           /* of its process */
    bool started;        /* the listener knows of it */
    bool attached;       /* it has no creator that could be heard of */
    bool waits;          /* stopped, for its creator to be heard of */
    int wait_signal;     /* of that stop */
    bool release;        /* set by a listener: to be let go when this stop is over, and heard of no more */
    bool check_stop;     /* set by inject: whether its job is stopped has to be asked */
    bool has_left;       /* set by inject: its end, or its process's exec, came meanwhile, and is about to be told */
    bool hides_untraced; /* CLONE_UNTRACED was taken out of the call that it is in */
    bool in_call;        /* between the entry and the exit of a system call */
    const struct ck_watched *call; /* the watched call that it is in, or NULL */
    uint32_t arch;                 /* of the call that it is in, or was in last */
    bool is_32bit;                 /* that architecture has 32-bit registers */
    int64_t number;
    uint64_t args[6];
    void *data; /* the listener's */
    void *more; /* of one behind the listener */
};

/* Told while the thread stands still. Any may be NULL. */
struct ck_listener {
    /* A thread is there; `creator` is who made it, or NULL for the first and for those of an attached process. */
    void (*start)(void *context, struct ck_tracee *tracee, struct ck_tracee *creator);
    /* Before a watched call. */
    void (*entry)(void *context, struct ck_tracee *tracee);
    /* After a call, watched or not; with a filter, after a watched one. ck_tracer_result tells what came of it. */
    void (*leave)(void *context, struct ck_tracee *tracee);
    /* The exec has been done: this is the new program. It has no other threads any more. */
    void (*exec)(void *context, struct ck_tracee *tracee);
    /* The thread is gone; `status` is as of waitpid(2), or -1 where another thread's exec has ended it, or it is let go. */
    void (*end)(void *context, struct ck_tracee *tracee, int status);
    /* Before a call, watched or not, and ahead of `entry`; with a filter, before a watched one. */
    void (*arrive)(void *context, struct ck_tracee *tracee);
};

struct ck_tracer_options {
    bool filter;    /* stop by a seccomp filter at the watched calls alone; see above for its price */
    bool exit_kill; /* when the tracer dies, everything that it traces dies (PTRACE_O_EXITKILL) */
    /* Called when a signal has interrupted the wait for what comes next; or NULL. */
    void (*interrupted)(void *context);
    void *interrupted_context;
};

struct ck_tracer;

/* Returns NULL with errno set where there is no memory. */
struct ck_tracer *ck_tracer_new(const struct ck_tracer_options *options, const struct ck_listener *listener,
                                void *context);
void ck_tracer_free(struct ck_tracer *tracer);

/*
 * Starts a command, which waits for ck_tracer_go before it is executed; `argv` is that of execvp(3). Returns its pid, or
 * -errno where it cannot be traced. Whether it can be executed shows in its exit status: 126 or 127, with the reason on
 * stderr.
 */
pid_t ck_tracer_start(struct ck_tracer *tracer, char *const argv[]);
void ck_tracer_go(struct ck_tracer *tracer);

/*
 * Takes on all threads of a running process. Returns 0 or -errno. Of both: -EOPNOTSUPP where the kernel does not tell
 * enough of system calls, -ENOENT where there is no /proc (hindrance.h has words for these).
 */
int ck_tracer_attach(struct ck_tracer *tracer, pid_t pid);

/*
 * Follows until nothing traced is left, or `*stop` is set by a signal handler: then lets everything go as it is. A
 * signal that comes just before the wait is missed, so whoever sets `*stop` sees to another one (alarm(2)). Returns the
 * status, as of waitpid(2), of the command that was started, or -1 where it goes on, or none was started.
 */
int ck_tracer_follow(struct ck_tracer *tracer, const volatile bool *stop);

/*
 * Kills every process that is followed, but that of `ended`, which may have been waited for; their ends are heard of as any
 * other's. Returns how many there were.
 */
unsigned ck_tracer_kill_all(struct ck_tracer *tracer, const struct ck_tracee *ended);

/* Who traces what could not be started or attached to; 0 where nobody does. */
pid_t ck_tracer_holder(const struct ck_tracer *tracer);

/* The thread with this id, or NULL. */
struct ck_tracee *ck_tracer_find(struct ck_tracer *tracer, pid_t tid);

/*
 * While its thread stands still: its seccomp filters do not see what it calls, until they are not suspended any more.
 * Returns 0 or -errno, where we are filtered ourselves, or have no CAP_SYS_ADMIN.
 */
int ck_tracer_suspend_filters(const struct ck_tracer *tracer, const struct ck_tracee *tracee, bool is_suspended);

/* From within `leave`: what the call has returned, -errno where it failed. Returns 0 or -errno of its own. */
int ck_tracer_result(const struct ck_tracee *tracee, int64_t *ret_result);
