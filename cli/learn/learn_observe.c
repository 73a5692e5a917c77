/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_observe.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../../shim/core/capset.h"
#include "../../trace/arch/registers.h"
#include "../../trace/arch/watch.h"
#include "../../trace/follow/hindrance.h"
#include "../../trace/follow/rival.h"
#include "../../trace/once/once.h"
#include "../../trace/proc/memory.h"
#include "../../trace/tell/session.h"
#include "../common/clock.h"
#include "learn_calls.h"

/* Whoever looks at its uid, and gives up, has asked for it among so many calls before its end. */
#define LAST_CALLS 32U

/* How often the rings are emptied where nothing happens. */
#define DRAIN_MS 100L

struct ck_learn_observer {
    pid_t command;
    bool is_executed; /* until then it is our own code */
    bool pretends;
    volatile bool is_over;
    int64_t deadline; /* or 0 */
    unsigned long call_count;
    unsigned long uid_call; /* the last that asked for a uid; 0 where none has */
    struct ck_tracer *tracer;
    struct ck_session *session;
    struct ck_once *once; /* or NULL */
    uint64_t from_mask;   /* with it */
    struct ck_learn_report *report;
};

/* --- calls */

static bool is_any(const struct ck_tracee *tracee, const char *const *names)
{
    for (; *names != NULL; names++) {
        int number = ck_watch_number(tracee->arch, *names);
        if (number >= 0 && number == tracee->number)
            return true;
    }
    return false;
}

static bool asks_uid(const struct ck_tracee *tracee)
{
    static const char *const names[] = {"getuid", "geteuid", "getresuid", "getuid32", "geteuid32", "getresuid32", NULL};

    return is_any(tracee, names);
}

/* By capget, or in /proc. */
static bool asks_caps(const struct ck_tracee *tracee)
{
    static const char *const asking[] = {"capget", NULL};
    static const char *const opening[] = {"openat", NULL};
    const char *end = "/status";
    char path[PATH_MAX];

    if (!is_any(tracee, opening))
        return is_any(tracee, asking);
    ck_memory_read_string(tracee->tid, tracee->args[1], path, sizeof(path));
    size_t length = strlen(path);
    return strncmp(path, "/proc/", strlen("/proc/")) == 0 && length > strlen(end) &&
           strcmp(path + length - strlen(end), end) == 0;
}

/* Of getresuid and of getuid. That a write fails is the thread's end, or its own mistake. */
static void pretend(const struct ck_tracee *tracee)
{
    static const char *const names[] = {"getresuid", "getresuid32", NULL};
    const uint32_t root = 0;
    struct ck_registers registers;

    for (unsigned i = 0; i < 3 && is_any(tracee, names); i++)
        (void)ck_memory_write(tracee->tid, tracee->args[i], &root, sizeof(root));
    if (!asks_uid(tracee) || ck_registers_read(tracee->tid, &registers) < 0)
        return;
    ck_registers_set_result(&registers, 0);
    (void)ck_registers_write(tracee->tid, &registers);
}

/* --- the listener: the session's, and what is ours behind it */

static void on_start(void *context, struct ck_tracee *tracee, struct ck_tracee *creator)
{
    struct ck_learn_observer *observer = context;

    ck_session_listener.start(observer->session, tracee, creator);
    if (observer->once == NULL)
        return;
    ck_once_start(observer->once, tracee, creator);
    if (observer->report->has_ended)
        (void)kill(tracee->pid, SIGKILL); /* one that was just being made when all others were; ESRCH: it has ended */
}

static void on_entry(void *context, struct ck_tracee *tracee)
{
    struct ck_learn_observer *observer = context;

    ck_session_listener.entry(observer->session, tracee);
}

static void on_arrive(void *context, struct ck_tracee *tracee)
{
    struct ck_learn_observer *observer = context;

    if (observer->once != NULL && observer->is_executed)
        ck_once_arrive(observer->once, tracee);
    ck_session_listener.arrive(observer->session, tracee);
    observer->call_count += observer->is_executed;
    if (observer->is_executed && asks_uid(tracee))
        observer->uid_call = observer->call_count;
}

/* What our own calls were asked for meanwhile is not this one's. */
static void note_made(struct ck_learn_observer *observer, struct ck_tracee *tracee, struct ck_checks *checks)
{
    enum ck_once_word word = ck_once_leave(observer->once, tracee, checks);

    observer->report->has_asked_caps |= asks_caps(tracee);
    if (word == CK_ONCE_AGAIN)
        ck_session_listener.arrive(observer->session, tracee);
    else
        ck_learn_calls_note(observer->report, tracee, checks, word);
}

static const char *const ptrace_names[] = {"ptrace", NULL};

static void on_leave(void *context, struct ck_tracee *tracee)
{
    struct ck_learn_observer *observer = context;
    struct ck_checks checks;

    ck_session_listener.leave(observer->session, tracee);
    if (!observer->is_executed)
        return;
    if (observer->pretends)
        pretend(tracee);
    if (is_any(tracee, ptrace_names) && ck_rival_was_refused(tracee)) {
        observer->report->has_rival = true;
        observer->is_over = observer->once == NULL; /* there is no other run */
    }
    ck_session_read_checks(observer->session, tracee, &checks);
    if (observer->once == NULL)
        ck_learn_calls_note(observer->report, tracee, &checks, CK_ONCE_PLAIN);
    else
        note_made(observer, tracee, &checks);
}

static void on_exec(void *context, struct ck_tracee *tracee)
{
    struct ck_learn_observer *observer = context;
    struct ck_learn_obstacle *obstacle = &observer->report->obstacle;

    observer->is_executed = true;
    if (strncmp(obstacle->call.call, "execve", strlen("execve")) == 0)
        *obstacle = (struct ck_learn_obstacle){.is_failure = false}; /* another directory of the PATH had it */
    ck_session_listener.exec(observer->session, tracee);
    if (observer->once != NULL)
        ck_once_exec(observer->once, tracee);
}

/* What is told of others meanwhile is not to fill the rings. */
static void on_interrupted(void *context)
{
    struct ck_learn_observer *observer = context;

    ck_session_drain(observer->session);
}

/* What is left is let go; or killed, as it may be in a call with more than its own. */
static void end_observation(struct ck_learn_observer *observer, const struct ck_tracee *command)
{
    (void)alarm(0); /* to let go takes some waits, with little patience for signals */
    if (observer->once != NULL)
        observer->report->left = ck_tracer_kill_all(observer->tracer, command);
    else
        observer->is_over = true;
}

static void on_end(void *context, struct ck_tracee *tracee, int status)
{
    struct ck_learn_observer *observer = context;

    if (tracee->tid == observer->command && status >= 0) {
        observer->report->wait_status = status;
        observer->report->has_ended = true;
        end_observation(observer, tracee);
    }
    if (observer->once != NULL)
        ck_once_end(observer->once, tracee);
    ck_session_listener.end(observer->session, tracee, status);
}

static const struct ck_listener listener = {
    .start = on_start,
    .entry = on_entry,
    .leave = on_leave,
    .exec = on_exec,
    .end = on_end,
    .arrive = on_arrive,
};

/* A program's own call has made a set smaller, be it by a change of its uid. */
static void on_event(void *context, const struct ck_trace_event *event)
{
    struct ck_learn_observer *observer = context;

    if (!observer->is_executed || (event->kind != CK_TRACE_CAPABILITY && event->kind != CK_TRACE_CREDENTIAL))
        return;
    const struct ck_capset *before = &event->before->caps;
    const struct ck_capset *after = &event->after->caps;
    if (((before->permitted & ~after->permitted) | (before->effective & ~after->effective) |
         (before->ambient & ~after->ambient) | (before->bounding & ~after->bounding)) != 0)
        observer->report->has_lowered = true;
}

/* --- the observer */

/* CAPKEEP_LEARN_WITHOUT, of the tests: as if the kernel had no such tracepoint, or forbade to trace. */
static bool is_without(const char *what)
{
    const char *without = getenv("CAPKEEP_LEARN_WITHOUT");

    return without != NULL && strcmp(without, what) == 0;
}

static int attach(struct ck_learn_observer *observer)
{
    const struct ck_tracer_options options = {
        .exit_kill = observer->from_mask != 0,
        .interrupted = on_interrupted,
        .interrupted_context = observer,
    };

    observer->session = ck_session_new((uint32_t)prctl(PR_GET_SECUREBITS), on_event, observer);
    observer->tracer = observer->session != NULL ? ck_tracer_new(&options, &listener, observer) : NULL;
    if (observer->tracer == NULL)
        return -errno;
    bool is_exact =
        !is_without("tracepoint") && ck_session_watch_denials(observer->session, observer->tracer, true) == 0;
    observer->report->seen.is_exact = is_exact;
    if (observer->from_mask != 0)
        observer->once = ck_once_new(observer->tracer, observer->from_mask, ck_learn_weakest);
    int result = ck_watch_load(!is_exact);
    if (observer->from_mask != 0 && observer->once == NULL)
        result = -ENOMEM;
    if (result == 0)
        result = is_without("ptrace") ? -EPERM : ck_tracer_attach(observer->tracer, observer->command);
    return result;
}

static struct ck_learn_observer observer; /* there is one, as there is of what it waits by */

static void free_all(struct ck_learn_observer *freed)
{
    ck_once_free(freed->once);
    ck_tracer_free(freed->tracer);
    ck_session_free(freed->session);
}

/* One signal more comes in place of the timer's, for a wait that was about to begin. */
void ck_learn_observe_stop(void)
{
    observer.is_over = true;
    (void)alarm(1);
}

static const char blindness[] = "the kernel does not tell what it is asked for, as Linux 6.14 does to who has "
                                "cap_perfmon and cap_sys_admin";

struct ck_learn_observer *ck_learn_observe(pid_t command, enum ck_learn_view view, uint64_t from_mask,
                                           struct ck_learn_report *report)
{
    observer = (struct ck_learn_observer){.command = command,
                                          .is_executed = view == CK_LEARN_RUNNING,
                                          .pretends = view == CK_LEARN_PRETEND,
                                          .from_mask = view == CK_LEARN_GIVE ? from_mask : 0,
                                          .report = report};
    int result = attach(&observer);
    bool is_blind = result == 0 && observer.once != NULL && !report->seen.is_exact;
    if (result == 0 && !is_blind)
        return &observer;
    if (is_blind)
        (void)snprintf(report->hindrance, sizeof(report->hindrance), "%s", blindness);
    else if (observer.tracer != NULL)
        ck_hindrance_tell(observer.tracer, -result, report->hindrance);
    else
        (void)snprintf(report->hindrance, sizeof(report->hindrance), "%s", strerror(-result)); /* it fits */
    report->seen.is_exact = false;
    free_all(&observer);
    return NULL;
}

/* Interrupts the tracer's wait, as there is no SA_RESTART. */
static void on_alarm(int signal)
{
    int error = errno;

    (void)signal; /* there is no other */
    if (observer.deadline != 0 && ck_clock_ms() >= observer.deadline)
        ck_learn_observe_stop();
    errno = error;
}

/* A command that sleeps does not stop: what the kernel tells of all others would fill the rings meanwhile. */
static void start_ticking(void)
{
    const struct timeval interval = {0, DRAIN_MS * 1000};

    (void)sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL); /* neither can fail */
    (void)setitimer(ITIMER_REAL, &(struct itimerval){interval, interval}, NULL);
}

int64_t ck_learn_follow(struct ck_learn_observer *followed, int64_t stop_after)
{
    struct ck_learn_report *report = followed->report;
    int64_t began = ck_clock_ms();
    uint64_t granted_mask;
    uint64_t denied_mask;

    followed->deadline = stop_after != 0 ? began + stop_after : 0;
    start_ticking();
    (void)ck_tracer_follow(followed->tracer, &followed->is_over); /* its status is the listener's */
    (void)alarm(0);
    ck_session_read_strays(followed->session, &granted_mask, &denied_mask);
    report->seen.granted_mask |= granted_mask;
    report->seen.denied_mask |= denied_mask;
    report->seen.has_lost = ck_session_missed_some(followed->session);
    report->is_hindered = followed->once != NULL && ck_once_was_hindered(followed->once);
    report->has_asked_uid = followed->uid_call > 0;
    report->asks_uid = followed->uid_call > 0 && followed->call_count - followed->uid_call < LAST_CALLS;
    free_all(followed);
    return ck_clock_ms() - began;
}
