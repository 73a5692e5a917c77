/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "once.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../proc/proc.h"
#include "attempt.h"
#include "effective.h"
#include "hazard.h"
#include "netlink.h"
#include "socketcall.h"

struct ck_once {
    struct ck_tracer *tracer;
    uint64_t from_mask;
    unsigned (*weakest)(uint64_t mask);
    bool is_hindered; /* a program has kept what was effective at its start */
};

/* What is done to one thread. */
struct thread {
    uint64_t own_mask;    /* effective by what the program has done itself */
    bool has_more;        /* effective is more than that: to be lowered before it makes another call */
    bool is_apart;        /* its program has capabilities by its file, or is root: not ours to change */
    bool is_new;          /* its program has made no call yet */
    bool is_whole;        /* its call is made with all that may be raised */
    bool is_trying;       /* its call is being made again */
    int64_t first;        /* the result of that call as the program has made it */
    uint64_t denied_mask; /* what it was denied then */
    struct ck_attempt attempt;
};

struct ck_once *ck_once_new(struct ck_tracer *tracer, uint64_t from_mask, unsigned (*weakest)(uint64_t mask))
{
    struct ck_once *once = calloc(1, sizeof(*once));

    if (once != NULL)
        *once = (struct ck_once){.tracer = tracer, .from_mask = from_mask, .weakest = weakest};
    return once;
}

void ck_once_free(struct ck_once *once)
{
    free(once);
}

/* --- the effective set */

/* In a user namespace of its own, what is effective is over that, and as the kernel made it. */
static bool is_ours(const struct ck_tracee *tracee)
{
    const struct thread *thread = tracee->more;

    return !thread->is_apart && ck_proc_is_here(tracee->pid);
}

/* At the entry of a call. What cannot be lowered does not go on with it, but what the kernel gave it with its program. */
static void lower_at_entry(struct ck_once *once, struct ck_tracee *tracee)
{
    struct thread *thread = tracee->more;

    thread->has_more = false;
    if (!is_ours(tracee))
        return;
    int result = ck_effective_set_at_entry(once->tracer, tracee, thread->own_mask);
    bool is_beyond =
        result == -EACCES || result == -EOPNOTSUPP; /* and was so when it could have been given something */
    once->is_hindered |= is_beyond;
    if (result < 0 && !is_beyond)
        (void)kill(tracee->pid, SIGKILL); /* ESRCH: it is gone */
}

static void raise_at_entry(const struct ck_once *once, struct ck_tracee *tracee)
{
    struct thread *thread = tracee->more;

    if (!is_ours(tracee))
        return;
    thread->is_whole = ck_effective_set_at_entry(once->tracer, tracee, thread->own_mask | once->from_mask) == 0;
    thread->has_more |= thread->is_whole;
}

/* At the end of a call; where that fails, at the entry of the next. */
static void lower_at_end(const struct ck_once *once, struct ck_tracee *tracee)
{
    struct thread *thread = tracee->more;

    if (thread->has_more)
        thread->has_more = ck_effective_set_at_end(once->tracer, tracee, thread->own_mask) < 0;
}

bool ck_once_was_hindered(const struct ck_once *once)
{
    return once->is_hindered;
}

/* --- a call that is made again */

static bool make_again(const struct ck_once *once, struct ck_tracee *tracee)
{
    struct thread *thread = tracee->more;

    if (ck_effective_set_again(once->tracer, tracee, thread->own_mask | thread->attempt.raised_mask) < 0)
        return false;
    thread->has_more = true;
    return true;
}

/* The end of it: what its checks were as a whole. */
static enum ck_once_word conclude(const struct ck_once *once, struct ck_tracee *tracee, enum ck_once_word word,
                                  struct ck_checks *checks)
{
    struct thread *thread = tracee->more;

    lower_at_end(once, tracee);
    checks->granted_mask = word == CK_ONCE_HELPED ? thread->attempt.helped_mask : 0;
    checks->denied_mask = word == CK_ONCE_HELPED ? 0 : thread->denied_mask;
    checks->result = thread->first;
    thread->is_trying = false;
    return word;
}

static enum ck_once_word go_on(const struct ck_once *once, struct ck_tracee *tracee, enum ck_attempt_verdict verdict,
                               struct ck_checks *checks)
{
    struct thread *thread = tracee->more;

    if (verdict == CK_ATTEMPT_AGAIN && make_again(once, tracee)) {
        thread->is_trying = true;
        return CK_ONCE_AGAIN;
    }
    if (verdict == CK_ATTEMPT_AGAIN)
        return conclude(once, tracee, CK_ONCE_HINDERED, checks);
    return conclude(once, tracee, verdict == CK_ATTEMPT_HELPED ? CK_ONCE_HELPED : CK_ONCE_VAIN, checks);
}

/* By a signal, in the middle of what it was denied before. If the kernel makes it again, that is a call of its own. */
static enum ck_once_word interrupted(const struct ck_once *once, struct ck_tracee *tracee, struct ck_checks *checks)
{
    struct thread *thread = tracee->more;

    thread->attempt.helped_mask = thread->attempt.raised_mask & checks->granted_mask;
    thread->attempt.result = 0; /* it had not failed yet */
    return conclude(once, tracee, thread->attempt.helped_mask != 0 ? CK_ONCE_HELPED : CK_ONCE_VAIN, checks);
}

/* Of a call that has failed. With a filter that we cannot suspend nothing could be lowered again. */
static enum ck_once_word forbidden(const struct ck_once *once, const struct ck_tracee *tracee, const char *call)
{
    enum ck_hazard hazard = ck_hazard_of(call, tracee->args);

    if (strcmp(call, "?") == 0)
        return CK_ONCE_HINDERED; /* of an interface whose calls we do not know */
    if (hazard == CK_HAZARD_FILTER)
        return ck_effective_is_free(once->tracer, tracee) ? CK_ONCE_PLAIN : CK_ONCE_HINDERED;
    if (hazard == CK_HAZARD_SURE)
        return CK_ONCE_SURE;
    return hazard == CK_HAZARD_GREAT ? CK_ONCE_GREAT : CK_ONCE_PLAIN;
}

static enum ck_once_word begin(const struct ck_once *once, struct ck_tracee *tracee, struct ck_checks *checks)
{
    static struct ck_proc proc;
    struct thread *thread = tracee->more;

    if (checks->denied_mask == 0 || !ck_hazard_is_failure(checks->call, checks->result))
        return CK_ONCE_PLAIN;
    enum ck_once_word word = forbidden(once, tracee, checks->call);
    if (word != CK_ONCE_PLAIN || ck_proc_read(tracee->tid, &proc) < 0)
        return word;
    uint64_t may_mask = once->from_mask & proc.thread.caps.permitted; /* the program may have lowered that */
    if ((checks->denied_mask & may_mask) == 0)
        return CK_ONCE_LACKING;
    thread->attempt = (struct ck_attempt){.weakest = once->weakest, .may_mask = may_mask};
    thread->first = checks->result;
    thread->denied_mask = checks->denied_mask;
    return go_on(once, tracee, ck_attempt_begin(&thread->attempt, checks->result, checks->denied_mask), checks);
}

/* An exec that has succeeded: the new image is at its beginning, and nothing can be called in its name yet. */
static enum ck_once_word executed(struct thread *thread, struct ck_checks *checks)
{
    thread->is_trying = false;
    thread->attempt.result = 0;
    checks->granted_mask = thread->attempt.raised_mask;
    checks->denied_mask = 0;
    checks->result = thread->first;
    return CK_ONCE_HELPED;
}

/* --- a call whose refusal is not its result */

static bool is_quiet(const struct ck_tracee *tracee)
{
    char *name = ck_watch_name(tracee->arch, (uint64_t)tracee->number);
    const char *call = name != NULL ? name : "";
    uint64_t args[6];

    memcpy(args, tracee->args, sizeof(args));
    if (strcmp(call, "socketcall") == 0)
        (void)ck_socketcall_read(tracee, &call, args); /* else it is none of ours */
    enum ck_hazard hazard = ck_hazard_of(call, args);
    free(name);
    if (hazard == CK_HAZARD_SOCKET)
        return ck_netlink_is_socket(tracee, (int)args[0]);
    return hazard == CK_HAZARD_QUIET;
}

static enum ck_once_word leave_whole(const struct ck_once *once, struct ck_tracee *tracee,
                                     const struct ck_checks *checks)
{
    struct thread *thread = tracee->more;

    thread->is_whole = false;
    lower_at_end(once, tracee);
    return checks->denied_mask != 0 && checks->result < 0 ? CK_ONCE_LACKING : CK_ONCE_WHOLE;
}

/* --- the program's own changes */

/* What it has raised by itself stays. A change of uid that does so is the kernel's doing (cap_emulate_setxuid). */
static void look_at_change(const struct ck_once *once, struct ck_tracee *tracee)
{
    static struct ck_proc proc;
    struct thread *thread = tracee->more;

    if (ck_proc_read(tracee->tid, &proc) < 0)
        return;
    uint64_t effective_mask = proc.thread.caps.effective;
    if (tracee->call->kind == CK_WATCH_CAPS)
        thread->own_mask = effective_mask;
    thread->has_more = (effective_mask & ~thread->own_mask) != 0;
    lower_at_end(once, tracee);
}

static bool is_change(const struct ck_tracee *tracee, const struct ck_checks *checks)
{
    return checks->result >= 0 && tracee->call != NULL &&
           (tracee->call->kind == CK_WATCH_CAPS || tracee->call->kind == CK_WATCH_UID);
}

/* A call that the program has made. */
static enum ck_once_word look(const struct ck_once *once, struct ck_tracee *tracee, struct ck_checks *checks)
{
    bool is_asked = (checks->granted_mask | checks->denied_mask) != 0;

    if (!is_change(tracee, checks) && !is_asked)
        return CK_ONCE_PLAIN;
    if (!is_ours(tracee)) {
        checks->granted_mask = checks->denied_mask = 0;
        return CK_ONCE_PLAIN;
    }
    if (is_change(tracee, checks))
        look_at_change(once, tracee);
    return begin(once, tracee, checks);
}

/* --- what the listener hears */

void ck_once_start(struct ck_once *once, struct ck_tracee *tracee, const struct ck_tracee *creator)
{
    const struct thread *parent = creator != NULL ? creator->more : NULL;
    struct thread *thread = tracee->more = calloc(1, sizeof(*thread));

    (void)once; /* all that is known of a thread is its creator's */
    if (thread == NULL) {
        (void)kill(tracee->pid, SIGKILL); /* it may have more than its own */
        return;
    }
    thread->own_mask = parent != NULL ? parent->own_mask : 0;
    thread->has_more = parent == NULL || parent->has_more; /* who made it may be one that had more */
    thread->is_apart = parent != NULL && parent->is_apart;
}

void ck_once_arrive(struct ck_once *once, struct ck_tracee *tracee)
{
    struct thread *thread = tracee->more;

    if (thread == NULL)
        return;
    thread->is_new = thread->is_whole = false;
    if (is_quiet(tracee))
        raise_at_entry(once, tracee);
    else if (thread->has_more)
        lower_at_entry(once, tracee);
}

void ck_once_exec(struct ck_once *once, struct ck_tracee *tracee)
{
    static struct ck_proc proc;
    struct thread *thread = tracee->more;

    (void)once; /* the same for all */
    if (thread == NULL)
        return;
    thread->own_mask = 0;
    thread->has_more = thread->is_new = true; /* what is ambient has become effective */
    thread->is_apart = ck_proc_read(tracee->tid, &proc) == 0 && proc.thread.caps.ambient == 0 &&
                       proc.thread.caps.permitted != 0; /* it came another way */
}

void ck_once_end(struct ck_once *once, struct ck_tracee *tracee)
{
    (void)once; /* as above */
    free(tracee->more);
    tracee->more = NULL;
}

int64_t ck_once_result(const struct ck_tracee *tracee)
{
    const struct thread *thread = tracee->more;

    return thread->attempt.result;
}

enum ck_once_word ck_once_leave(struct ck_once *once, struct ck_tracee *tracee, struct ck_checks *checks)
{
    struct thread *thread = tracee->more;

    if (thread == NULL)
        return CK_ONCE_PLAIN;
    if (thread->is_whole)
        return leave_whole(once, tracee, checks);
    if (!thread->is_trying)
        return thread->is_new || checks->is_raised ? CK_ONCE_PLAIN : look(once, tracee, checks);
    if (thread->is_new)
        return executed(thread, checks);
    if (ck_hazard_is_restart(checks->result))
        return interrupted(once, tracee, checks);
    return go_on(once, tracee,
                 ck_attempt_judge(&thread->attempt, checks->result, checks->granted_mask, checks->denied_mask), checks);
}
