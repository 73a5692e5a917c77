#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "../model/kernel.h"
#include "../shim/hot/creds_read.h"
#include "denials.h"
#include "memory.h"
#include "needs.h"
#include "predict.h"

#define PATH_SIZE 4096

/* What is known of a thread. */
struct known {
    struct ck_proc proc; /* as it was at the last look */
    char exe[PATH_SIZE];
    char script[PATH_SIZE]; /* what an exec was asked for */
    unsigned depth;
    bool is_here; /* in our user namespace: the model is told no other */
    struct ck_call_memory memory;
    uint64_t denied_mask; /* in the call that it is in */
    unsigned denied_first;
    /* Where each capability was lost: from permitted, and from effective while it stayed permitted. */
    struct ck_loss_place from_permitted[CK_CAPS_MAX];
    struct ck_loss_place from_effective[CK_CAPS_MAX];
};

struct ck_session {
    uint32_t securebits; /* of what was started or attached */
    struct ck_kernel kernel;
    ck_event_function *tell;
    void *context;
    struct timespec began;
    struct ck_denials *denials; /* NULL where the kernel does not tell them */
    struct ck_tracer *tracer;   /* with denials */
};

struct ck_session *ck_session_new(uint32_t securebits, ck_event_function *tell, void *context)
{
    struct ck_session *session = calloc(1, sizeof(*session));
    struct utsname system;

    if (session == NULL)
        return NULL;
    session->securebits = securebits;
    session->tell = tell;
    session->context = context;
    (void)clock_gettime(CLOCK_MONOTONIC, &session->began); /* it cannot fail */
    if (uname(&system) < 0 || ck_kernel_from_release(system.release, ck_creds_last_cap(), &session->kernel) < 0) {
        free(session);
        errno = ENOSYS;
        return NULL;
    }
    return session;
}

void ck_session_free(struct ck_session *session)
{
    if (session != NULL)
        ck_denials_close(session->denials);
    free(session);
}

int ck_session_watch_denials(struct ck_session *session, struct ck_tracer *tracer)
{
    session->tracer = tracer;
    return ck_denials_open(&session->denials);
}

/* --- events */

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* as above */
    return (double)(now.tv_sec - began->tv_sec) + (double)(now.tv_nsec - began->tv_nsec) / 1e9;
}

static struct ck_trace_event start_event(const struct ck_session *session, const struct ck_tracee *tracee,
                                         enum ck_trace_kind kind)
{
    const struct known *known = tracee->data;

    return (struct ck_trace_event){
        .kind = kind,
        .time = seconds_since(&session->began),
        .pid = tracee->pid,
        .tid = tracee->tid,
        .ppid = known->proc.ppid,
        .depth = known->depth,
        .comm = known->proc.comm,
        .former_comm = known->proc.comm,
        .exe = known->exe,
        .call = tracee->call != NULL ? tracee->call->name : "",
        .script = "",
    };
}

static uint64_t *set_of(struct ck_capset *caps, int set)
{
    uint64_t *const sets[] = {&caps->permitted, &caps->effective, &caps->inheritable, &caps->ambient, &caps->bounding};

    return sets[set];
}

enum { SET_COUNT = 5 };

/* Holds the kernel's word against the model's: what is lost without a rule, and whether they agree at all. */
static void judge(struct ck_trace_event *event, const struct ck_outcome *outcome)
{
    struct ck_capset before = event->before->caps;
    struct ck_capset after = event->after->caps;
    struct ck_capset predicted = outcome != NULL ? outcome->after.caps : after;

    if (outcome != NULL)
        event->losses = outcome->losses;
    event->predicted = predicted;
    for (int set = 0; set < SET_COUNT; set++) {
        uint64_t explained = 0;

        event->disagrees |= *set_of(&predicted, set) != *set_of(&after, set);
        for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
            /* What the model takes away and the kernel has left is a disagreement, not a loss. */
            uint64_t *lost = set_of(&event->losses.by_rule[rule], set);
            *lost &= *set_of(&before, set) & ~*set_of(&after, set);
            explained |= *lost;
        }
        *set_of(&event->unexplained, set) = *set_of(&before, set) & ~*set_of(&after, set) & ~explained;
    }
}

/* --- where capabilities were lost */

/* An exec is done by who was there before. */
static struct ck_loss_place place_of(const struct ck_trace_event *event, enum ck_kernel_rule rule)
{
    struct ck_loss_place place = {.pid = event->pid, .rule = rule, .is_valid = true};

    memcpy(place.comm, event->former_comm, strnlen(event->former_comm, sizeof(place.comm) - 1));
    memcpy(place.call, event->call, strnlen(event->call, sizeof(place.call) - 1));
    return place;
}

static void note(struct ck_loss_place *places, uint64_t mask, const struct ck_loss_place *place)
{
    while (mask != 0)
        places[ck_cap_take_lowest(&mask)] = *place;
}

static void forget(struct ck_loss_place *places, uint64_t mask)
{
    while (mask != 0)
        places[ck_cap_take_lowest(&mask)].is_valid = false;
}

static void note_losses(struct known *known, const struct ck_trace_event *event)
{
    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        struct ck_loss_place place = place_of(event, (enum ck_kernel_rule)rule);

        note(known->from_permitted, event->losses.by_rule[rule].permitted, &place);
        note(known->from_effective, event->losses.by_rule[rule].effective, &place);
    }
    struct ck_loss_place unknown = place_of(event, CK_RULE_COUNT);
    note(known->from_permitted, event->unexplained.permitted, &unknown);
    note(known->from_effective, event->unexplained.effective, &unknown);
    forget(known->from_permitted, event->after->caps.permitted);
    forget(known->from_effective, event->after->caps.effective);
}

/* --- denials */

/* The kernel's word, of any thread: it counts when that thread's call has failed. */
static void note_denial(void *context, pid_t tid, unsigned cap)
{
    struct ck_session *session = context;
    struct ck_tracee *tracee = ck_tracer_find(session->tracer, tid);
    struct known *known = tracee != NULL ? tracee->data : NULL;

    if (known == NULL || cap >= CK_CAPS_MAX)
        return;
    if (known->denied_mask == 0)
        known->denied_first = cap;
    known->denied_mask |= ck_cap_bit(cap);
}

static void tell_denial(struct ck_session *session, struct ck_tracee *tracee, const char *call, unsigned cap,
                        uint64_t also_mask, int error)
{
    const struct known *known = tracee->data;
    const struct ck_capset *caps = &known->proc.thread.caps;
    struct ck_trace_event event = start_event(session, tracee, CK_TRACE_DENIED);
    uint64_t bit = ck_cap_bit(cap);

    event.call = call;
    event.after = &known->proc.thread;
    event.cap = cap;
    event.also_mask = also_mask & ~bit;
    event.exact = session->denials != NULL;
    event.error = error;
    event.is_held = (caps->permitted & bit) != 0;
    event.lost_at = event.is_held ? known->from_effective[cap] : known->from_permitted[cap];
    session->tell(session->context, &event);
}

/* After a call that has failed with EPERM or EACCES: for want of what? */
static void look_at_failure(struct ck_session *session, struct ck_tracee *tracee, int error)
{
    struct known *known = tracee->data;
    char *name = tracee->call == NULL ? ck_watch_name(tracee->arch, (uint64_t)tracee->number) : NULL;
    const char *call = tracee->call != NULL ? tracee->call->name : name != NULL ? name : "?";
    unsigned cap;

    if (known->denied_mask != 0)
        tell_denial(session, tracee, call, known->denied_first, known->denied_mask, error);
    else if (session->denials == NULL && ck_needs_guess(tracee->tid, call, tracee->args, error, &cap) &&
             (known->proc.thread.caps.effective & ck_cap_bit(cap)) == 0)
        tell_denial(session, tracee, call, cap, 0, error);
    free(name);
}

/* --- the listener */

/* Reads the thread again. What /proc does not tell is taken over from `old`. */
static bool look_again(struct ck_tracee *tracee, const struct ck_thread *old)
{
    struct known *known = tracee->data;
    struct ck_proc now;

    if (ck_proc_read(tracee->tid, &now) < 0)
        return false;
    now.thread.securebits = old->securebits;
    ck_proc_copy(&known->proc, &now);
    return true;
}

/* A new thread is what its creator is, but for these. */
static void inherit(struct known *known, const struct known *parent, const struct ck_tracee *tracee,
                    const struct ck_tracee *creator)
{
    memcpy(known, parent, sizeof(*known));
    ck_proc_copy(&known->proc, &parent->proc);
    known->denied_mask = 0;
    known->proc.pid = tracee->pid;
    if (tracee->tid != tracee->pid)
        return;
    known->depth = parent->depth + 1;
    known->proc.ppid = creator->pid;
    known->proc.thread.threaded = false;
}

/* Asks the kernel for what it is. */
static void look_first(const struct ck_session *session, struct known *known, const struct ck_tracee *tracee)
{
    if (ck_proc_read(tracee->tid, &known->proc) < 0)
        known->proc.pid = tracee->pid;
    known->proc.thread.groups = known->proc.groups;
    known->proc.thread.securebits = session->securebits;
    known->is_here = ck_proc_is_here(tracee->pid);
    ck_proc_read_exe(tracee->pid, known->exe, sizeof(known->exe));
}

static void on_start(void *context, struct ck_tracee *tracee, struct ck_tracee *creator)
{
    struct ck_session *session = context;
    struct known *known = calloc(1, sizeof(*known));

    tracee->data = known;
    if (known == NULL)
        return;
    if (creator != NULL && creator->data != NULL)
        inherit(known, creator->data, tracee, creator);
    if (creator == NULL || creator->data == NULL || ck_predict_enters_userns(creator))
        look_first(session, known, tracee);
    if (tracee->tid != tracee->pid)
        return;
    struct ck_trace_event event = start_event(session, tracee, CK_TRACE_START);
    event.after = &known->proc.thread;
    session->tell(session->context, &event);
}

static void on_entry(void *context, struct ck_tracee *tracee)
{
    struct known *known = tracee->data;

    (void)context; /* nothing is told yet */
    if (known == NULL)
        return;
    ck_predict_read(tracee, &known->memory);
    if (tracee->call->kind == CK_WATCH_EXEC) {
        int argument = strcmp(tracee->call->name, "execve") == 0 ? 0 : 1;
        ck_memory_read_string(tracee->tid, tracee->args[argument], known->script, sizeof(known->script));
    }
}

static bool differs(const struct ck_thread *a, const struct ck_thread *b)
{
    return memcmp(&a->caps, &b->caps, sizeof(a->caps)) != 0 || memcmp(&a->uids, &b->uids, sizeof(a->uids)) != 0 ||
           a->fsuid != b->fsuid || a->securebits != b->securebits || a->no_new_privs != b->no_new_privs;
}

/* A call has succeeded that may have changed the thread. */
static void look_at_change(struct ck_session *session, struct ck_tracee *tracee)
{
    struct known *known = tracee->data;
    bool is_userns = tracee->call->kind == CK_WATCH_USERNS;
    struct ck_outcome outcome;
    struct ck_proc before;

    ck_proc_copy(&before, &known->proc);
    bool judged = known->is_here && ck_predict_call(&session->kernel, tracee, &known->memory, &before.thread, &outcome);
    if (!look_again(tracee, judged ? &outcome.after : &before.thread))
        return;
    known->is_here = ck_proc_is_here(tracee->pid);
    if (!differs(&before.thread, &known->proc.thread))
        return;
    struct ck_trace_event event =
        start_event(session, tracee, tracee->call->kind == CK_WATCH_UID ? CK_TRACE_CREDENTIAL : CK_TRACE_CAPABILITY);
    event.before = &before.thread;
    event.after = &known->proc.thread;
    judge(&event, judged ? &outcome : NULL);
    /* Sets are over the new namespace now, in which the model was not asked. */
    event.disagrees = event.disagrees && !is_userns;
    note_losses(known, &event);
    session->tell(session->context, &event);
}

static void on_leave(void *context, struct ck_tracee *tracee)
{
    struct ck_session *session = context;
    struct known *known = tracee->data;
    int64_t result;

    if (known == NULL)
        return;
    if (session->denials != NULL)
        ck_denials_drain(session->denials, note_denial, session);
    bool is_watched = tracee->call != NULL && tracee->call->kind != CK_WATCH_CLONE;
    if ((is_watched || known->denied_mask != 0) && ck_tracer_result(tracee, &result) == 0) {
        if (result == -EPERM || result == -EACCES)
            look_at_failure(session, tracee, (int)-result);
        else if (result >= 0 && is_watched && ck_predict_matters(tracee))
            look_at_change(session, tracee);
    }
    known->denied_mask = 0;
}

static void on_exec(void *context, struct ck_tracee *tracee)
{
    struct ck_session *session = context;
    struct known *known = tracee->data;
    struct ck_outcome outcome;
    struct ck_proc before;
    bool secure = false;

    if (known == NULL)
        return;
    ck_proc_copy(&before, &known->proc);
    bool judged = known->is_here && ck_predict_exec(&session->kernel, tracee->pid, &before.thread, &outcome, &secure);
    if (!look_again(tracee, judged ? &outcome.after : &before.thread))
        return;
    ck_proc_read_exe(tracee->pid, known->exe, sizeof(known->exe));
    known->denied_mask = 0;
    struct ck_trace_event event = start_event(session, tracee, CK_TRACE_EXEC);
    event.call = "execve";
    event.former_comm = before.comm;
    event.before = &before.thread;
    event.after = &known->proc.thread;
    event.secure = secure;
    event.script = known->script;
    judge(&event, judged ? &outcome : NULL);
    note_losses(known, &event);
    session->tell(session->context, &event);
}

static void on_end(void *context, struct ck_tracee *tracee, int status)
{
    struct ck_session *session = context;

    if (tracee->data != NULL && tracee->tid == tracee->pid && status >= 0) {
        struct ck_trace_event event = start_event(session, tracee, CK_TRACE_EXIT);
        event.call = "";
        event.status = status;
        session->tell(session->context, &event);
    }
    free(tracee->data);
    tracee->data = NULL;
}

const struct ck_listener ck_session_listener = {on_start, on_entry, on_leave, on_exec, on_end};
