/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleave_trace.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SYSCALL_STOP = SIGTRAP | 0x80, RESTS_MAX = 20 };

/* A thread that neither stops nor sleeps in a futex for so long turns round in circles, and waits as well. */
static const double patience = 0.2;

struct traced {
    pid_t pid; /* and the first thread */
    const struct interleave_record *record;
    int status; /* how it ended, or -1 */
};

/* What a stop is. */
enum stop { STOP_SYSCALL, STOP_SIGNAL, STOP_EVENT, STOP_EXEC, STOP_ENDED };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Between two looks at a condition: who is to bring it about may need the processor. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

/* `*ret_signal` is what the thread has to be given when it goes on: the first SIGSTOP of a thread is the tracer's. */
static enum stop tell_stop(struct traced *traced, pid_t thread, int status, int *ret_signal)
{
    *ret_signal = 0;
    if (!WIFSTOPPED(status)) {
        if (thread == traced->pid)
            traced->status = status;
        return STOP_ENDED;
    }
    if (status >> 16 == PTRACE_EVENT_EXEC)
        return STOP_EXEC;
    if (status >> 16 != 0)
        return STOP_EVENT;
    if (WSTOPSIG(status) == SYSCALL_STOP)
        return STOP_SYSCALL;
    if (WSTOPSIG(status) != SIGSTOP)
        *ret_signal = WSTOPSIG(status);
    return STOP_SIGNAL;
}

static pid_t wait_for_any(int *ret_status)
{
    for (;;) {
        pid_t thread = waitpid(-1, ret_status, __WALL);
        if (thread > 0 || errno != EINTR)
            return thread;
    }
}

/* Lets everything go as it stops, until the process has ended. */
static void run_to_the_end(struct traced *traced)
{
    int status;
    int signal;

    while (traced->status == -1) {
        pid_t thread = wait_for_any(&status);
        if (thread < 0)
            return;
        if (tell_stop(traced, thread, status, &signal) != STOP_ENDED)
            (void)ptrace(PTRACE_DETACH, thread, NULL, (long)signal);
    }
}

/* Until the first thread stops itself; the others run. */
static bool run_to_own_stop(struct traced *traced)
{
    int status;
    int signal;

    while (traced->status == -1) {
        pid_t thread = wait_for_any(&status);
        if (thread < 0)
            return false;
        enum stop stop = tell_stop(traced, thread, status, &signal);
        if (stop == STOP_SIGNAL && thread == traced->pid && WSTOPSIG(status) == SIGSTOP)
            return true;
        if (stop != STOP_ENDED)
            (void)ptrace(PTRACE_CONT, thread, NULL, (long)signal);
    }
    return false;
}

/* The second thread has nothing left to do for the first, and sleeps. */
static void wait_until_asleep(struct traced *traced, pid_t second)
{
    double end = now() + patience;
    int status;
    int signal;

    while (now() < end) {
        pid_t thread = waitpid(second, &status, __WALL | WNOHANG);
        if (thread == second && tell_stop(traced, thread, status, &signal) != STOP_ENDED)
            (void)ptrace(PTRACE_CONT, thread, NULL, (long)signal);
        else if (interleave_run_state(traced->pid, second) == 'S')
            return;
        rest();
    }
}

/*
 * The first thread, call by call. When it sends the second one the C library's own signal, that is done with it before the
 * first goes on: whether it has to wait is not left to chance.
 */
static bool run_to_point(struct traced *traced, struct interleave_point *point)
{
    unsigned seen = 0;
    int status;
    int signal;

    (void)ptrace(PTRACE_SYSCALL, traced->pid, NULL, 0L); /* it may have been killed */
    while (traced->status == -1) {
        pid_t thread = wait_for_any(&status);
        if (thread < 0)
            return false;
        enum stop stop = tell_stop(traced, thread, status, &signal);
        if (stop == STOP_EXEC || traced->record->phase == PHASE_OVER)
            return false;
        if (stop == STOP_ENDED)
            continue;
        if (thread != traced->pid) {
            (void)ptrace(PTRACE_CONT, thread, NULL, (long)signal);
            continue;
        }
        if (stop == STOP_SYSCALL && interleave_read_stop(thread, point) && traced->record->phase == PHASE_OUTER &&
            seen++ == point->number)
            return true;
        if (stop == STOP_SYSCALL && !point->at_entry && point->call == SYS_tgkill)
            wait_until_asleep(traced, (pid_t)traced->record->second);
        (void)ptrace(PTRACE_SYSCALL, thread, NULL, (long)signal);
    }
    return false;
}

static bool is_futex_wait(pid_t thread)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof(info), &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY ||
        info.entry.nr != SYS_futex)
        return false;
    int command = (int)info.entry.args[1] & FUTEX_CMD_MASK;
    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI;
}

static bool is_rest(const struct interleave_point *point)
{
    return point->at_entry &&
           (point->call == SYS_sched_yield || point->call == SYS_nanosleep || point->call == SYS_clock_nanosleep ||
            point->call == SYS_ppoll || point->call == SYS_futex);
}

/*
 * The next stop of the second thread. Returns 0 where there is none: it sleeps in a futex, which nobody but the first
 * thread can wake it from, or has had all the patience there is.
 */
static pid_t await_second(struct traced *traced, pid_t second, bool waits, int *ret_status)
{
    double end = now() + patience;

    do {
        /* When it has executed something, it goes by the number of the first thread, which is no more. */
        pid_t thread = waitpid(-1, ret_status, __WALL | WNOHANG);
        if (thread == second || thread == traced->pid)
            return thread;
        if (waits && interleave_run_state(traced->pid, second) == 'S')
            return 0;
        rest();
    } while (now() < end);
    return 0;
}

/* Until it is done, or waits for the first thread. Leaves it stopped, or running where there is nothing to stop it at. */
static void run_second(struct traced *traced, pid_t second)
{
    struct interleave_point point;
    bool waits = false;
    unsigned rests = 0;
    int status;
    int signal;

    while (rests < RESTS_MAX) {
        pid_t thread = await_second(traced, second, waits, &status);
        if (thread == 0)
            break;
        enum stop stop = tell_stop(traced, thread, status, &signal);
        if (thread != second || stop == STOP_ENDED)
            return;
        waits = stop == STOP_SYSCALL && is_futex_wait(second);
        if (stop == STOP_SYSCALL && interleave_read_stop(second, &point)) {
            rests = is_rest(&point) ? rests + 1 : rests;
            if (traced->record->inner_over != 0 && point.at_entry && point.call == SYS_rt_sigsuspend)
                break;
        }
        (void)ptrace(PTRACE_SYSCALL, second, NULL, (long)signal);
    }
    (void)ptrace(PTRACE_DETACH, second, NULL, 0L); /* unless it runs */
}

bool interleave_trace_threads(pid_t pid, const struct interleave_record *record, struct interleave_point *point,
                              int *ret_status)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
    struct traced traced = {.pid = pid, .record = record, .status = -1};
    bool reached = false;

    if (run_to_own_stop(&traced) && ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == 0 &&
        ptrace(PTRACE_CONT, pid, NULL, 0L) == 0 && run_to_own_stop(&traced))
        reached = run_to_point(&traced, point);
    pid_t second = (pid_t)record->second;
    if (!reached) {
        (void)kill(pid, SIGKILL);
    } else {
        wait_until_asleep(&traced, second);
        if (!point->at_entry || interleave_take_back_call(pid)) {
            (void)tgkill(pid, second, SIGUSR1);
            run_second(&traced, second);
        }
        (void)ptrace(PTRACE_DETACH, pid, NULL, 0L);
    }
    run_to_the_end(&traced);
    *ret_status = traced.status;
    return reached;
}
