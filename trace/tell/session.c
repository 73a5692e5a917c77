/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "../../model/userns.h"
#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/program.h"
#include "../../shim/hot/sys.h"
#include "denials.h"
#include "failure.h"
#include "../proc/execfn.h"
#include "../proc/memory.h"
#include "refusal.h"
#include "session_work.h"

struct ck_session *ck_session_new(uint32_t securebits, ck_event_function *tell, void *context)
{
    struct ck_session *session = calloc(1, sizeof(*session));
    struct utsname system;
    struct ck_capset caps;

    if (session == NULL)
        return NULL;
    session->securebits = securebits;
    session->is_weak = ck_sys_capget(&caps) < 0 || (caps.effective & ck_cap_bit(CAP_SYS_PTRACE)) == 0;
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
    if (session == NULL)
        return;
    ck_denials_close(session->denials);
    for (struct ck_program_path *program = session->programs, *next; program != NULL; program = next) {
        next = program->next;
        free(program);
    }
    free(session);
}

int ck_session_watch_denials(struct ck_session *session, struct ck_tracer *tracer, bool used)
{
    session->tracer = tracer;
    session->tells_used = used;
    return ck_denials_open(used, &session->denials);
}

/* --- events */

unsigned ck_session_unseen_count(const struct ck_session *session)
{
    return session->is_weak ? session->unseen_count : 0;
}

void ck_session_drain(struct ck_session *session)
{
    ck_failure_drain(session);
}

bool ck_session_missed_some(const struct ck_session *session)
{
    return session->overflow_count > 0 || (session->denials != NULL && ck_denials_lost(session->denials) > 0);
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

    event->asked = outcome != NULL;
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

/* --- the model */

/* Its word on what has just happened to a thread, which was `before` until then. */
struct prediction {
    struct ck_thread before;
    struct ck_shared *groups; /* that these point into */
    char comm[64];
    struct ck_proc_userns userns; /* where it is not ours */
    struct ck_outcome outcome;
    bool known; /* it has one */
    bool secure;
};

static void start_prediction(const struct ck_tracee *tracee, struct prediction *prediction)
{
    const struct ck_known *known = tracee->data;

    prediction->before = known->thread;
    prediction->groups = ck_shared_take(known->groups);
    memcpy(prediction->comm, known->comm, sizeof(prediction->comm));
    prediction->known = prediction->secure = false;
    if (known->is_here)
        return;
    (void)ck_proc_read_userns(tracee->pid, &prediction->userns); /* else it has no maps */
    prediction->before.userns = &prediction->userns.userns;
}

static void end_prediction(struct prediction *prediction)
{
    ck_shared_drop(prediction->groups);
}

/* --- the listener */

/* A trace may go on for days. */
#define PROGRAMS_MAX 4096U

/* Returns NULL where there is no memory. */
static const char *keep_program(struct ck_session *session, const char *path)
{
    struct ck_program_path *program = session->programs;

    while (program != NULL && strcmp(program->path, path) != 0)
        program = program->next;
    if (program != NULL)
        return program->path;
    program = session->program_count < PROGRAMS_MAX ? malloc(sizeof(*program) + strlen(path) + 1) : NULL;
    if (program == NULL)
        return NULL;
    session->program_count++;
    strcpy(program->path, path);
    program->next = session->programs;
    session->programs = program;
    return program->path;
}

/* Reads the thread again. What /proc does not tell is taken over from `old`. Returns false where it is gone. */
static bool look_again(struct ck_tracee *tracee, const struct ck_thread *old)
{
    struct ck_known *known = tracee->data;
    struct ck_proc now;

    if (ck_proc_read(tracee->tid, &now) < 0)
        return false;
    now.thread.securebits = old->securebits;
    now.thread.traced = old->traced;
    ck_known_set(known, &now);
    return true;
}

/* A new thread is what its creator is; a new process, but for these. */
static void become_process(struct ck_known *known, const struct ck_tracee *creator)
{
    known->depth++;
    known->ppid = creator->pid;
    known->thread.threaded = false;
}

static void look_at_exe(struct ck_known *known, pid_t pid)
{
    char exe[CK_PATH_SIZE];

    ck_proc_read_exe(pid, exe, sizeof(exe));
    ck_shared_set(&known->exe, exe, strlen(exe) + 1);
}

/*
 * Of another user's process /proc tells that to CAP_SYS_PTRACE alone. The program itself is told by which name it was
 * executed. A whole one is taken for that of a file of our own root directory; a descriptor's is none.
 */
static void look_at_execfn(struct ck_session *session, struct ck_known *known, pid_t tid)
{
    char asked[CK_PATH_SIZE];
    char path[PATH_MAX];

    session->unseen_count++;
    ck_execfn_read(tid, asked, sizeof(asked));
    if (asked[0] == '\0' || strncmp(asked, "/dev/fd/", strlen("/dev/fd/")) == 0)
        return;
    const char *exe = asked[0] == '/' && realpath(asked, path) != NULL ? path : asked;
    ck_shared_set(&known->asked, asked, strlen(asked) + 1);
    ck_shared_set(&known->exe, exe, strlen(exe) + 1);
}

/* A path by which we get at what it executes now: where /proc has none, of a script the last interpreter. */
static void find_executed(const struct ck_known *known, pid_t pid, bool is_seen, char ret_path[CK_PATH_SIZE])
{
    static struct ck_program_texts texts;
    const struct ck_target target = {AT_FDCWD, ck_known_exe(known), 0};
    struct ck_executor executor;
    struct ck_program program;
    struct ck_file_facts facts;

    if (is_seen) {
        (void)snprintf(ret_path, CK_PATH_SIZE, "/proc/%d/exe", pid); /* it fits */
        return;
    }
    ret_path[0] = '\0';
    if (target.path[0] != '/')
        return;
    ck_executor_read(CK_SELF, false, &executor); /* only the names are looked at */
    if (!ck_program_look(&executor, &target, &texts, &program, &facts))
        return;
    const struct ck_program_name *name = &program.names[program.count - 1];
    (void)snprintf(ret_path, CK_PATH_SIZE, "%s", name->resolved != NULL ? name->resolved : name->text); /* as above */
}

/* Asks the kernel for what it is. */
static void look_first(const struct ck_session *session, struct ck_known *known, const struct ck_tracee *tracee)
{
    struct ck_proc proc;

    if (ck_proc_read(tracee->tid, &proc) == 0)
        ck_known_set(known, &proc);
    known->thread.securebits = session->securebits;
    known->thread.traced = session->is_weak;
    known->is_here = ck_proc_is_here(tracee->pid);
    look_at_exe(known, tracee->pid);
}

/* What its creator was, in another user namespace, is what it was before. */
static void tell_namespace(struct ck_session *session, struct ck_tracee *tracee, const struct ck_tracee *creator)
{
    const struct ck_known *parent = creator->data;
    struct ck_known *known = tracee->data;
    struct prediction prediction;
    struct ck_userns created;
    struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_CAPABILITY);

    start_prediction(creator, &prediction);
    prediction.known = ck_userns_unshare(&session->kernel, &prediction.before, &created, &prediction.outcome) == 0;
    event.call = creator->call->name;
    event.before = &prediction.before;
    event.after = &known->thread;
    event.leaves_here = parent->is_here;
    judge(&event, prediction.known ? &prediction.outcome : NULL);
    ck_places_note(&known->places, &event);
    session->tell(session->context, &event);
    end_prediction(&prediction);
}

static void on_start(void *context, struct ck_tracee *tracee, struct ck_tracee *creator)
{
    struct ck_session *session = context;
    bool has_creator = creator != NULL && creator->data != NULL;
    struct ck_known *known = ck_known_new(has_creator ? creator->data : NULL);
    bool is_apart = has_creator && ck_predict_enters_userns(creator);

    tracee->data = known;
    if (known == NULL)
        return;
    if (has_creator && tracee->tid == tracee->pid)
        become_process(known, creator);
    if (!has_creator || is_apart)
        look_first(session, known, tracee);
    if (is_apart)
        known->thread.securebits = 0; /* set_cred_user_ns */
    if (tracee->tid != tracee->pid)
        return;
    struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_START);
    event.call = "";
    event.after = &known->thread;
    session->tell(session->context, &event);
    if (is_apart)
        tell_namespace(session, tracee, creator);
}

/* What was denied between two calls, as a stack grew, belongs to none. */
static void on_arrive(void *context, struct ck_tracee *tracee)
{
    struct ck_session *session = context;
    struct ck_known *known = tracee->data;

    ck_failure_drain(session);
    if (known == NULL)
        return;
    known->denied_mask = known->refused_mask = known->used_mask = known->here_mask = 0;
    known->had_mask = known->thread.caps.effective;
    known->overflow_count = session->overflow_count;
}

static void on_entry(void *context, struct ck_tracee *tracee)
{
    struct ck_known *known = tracee->data;

    (void)context; /* nothing is told yet */
    if (known == NULL)
        return;
    ck_predict_read(tracee, &known->memory);
    if (tracee->call->kind == CK_WATCH_EXEC) {
        int argument = strcmp(tracee->call->name, "execve") == 0 ? 0 : 1;
        char asked[CK_PATH_SIZE];
        ck_memory_read_string(tracee->tid, tracee->args[argument], asked, sizeof(asked));
        ck_shared_set(&known->asked, asked, strlen(asked) + 1);
    }
}

static bool differs(const struct ck_thread *a, const struct ck_thread *b)
{
    return memcmp(&a->caps, &b->caps, sizeof(a->caps)) != 0 || memcmp(&a->uids, &b->uids, sizeof(a->uids)) != 0 ||
           a->fsuid != b->fsuid || a->securebits != b->securebits || a->no_new_privs != b->no_new_privs;
}

static void tell_change(struct ck_session *session, struct ck_tracee *tracee, struct prediction *prediction)
{
    struct ck_known *known = tracee->data;
    bool was_here = known->is_here;
    const struct ck_thread *before = &prediction->before;

    if (tracee->call->kind == CK_WATCH_USERNS)
        known->is_here = ck_proc_is_here(tracee->pid);
    /* setns has entered what its descriptor was of, which may have been something else. */
    if (tracee->call->kind != CK_WATCH_USERNS || !known->is_here)
        prediction->known = ck_predict_call(&session->kernel, tracee, &known->memory, before, &prediction->outcome);
    if (!look_again(tracee, prediction->known ? &prediction->outcome.after : before))
        return;
    if (!differs(before, &known->thread) && known->is_here == was_here)
        return;
    struct ck_trace_event event =
        ck_event_of(session, tracee, tracee->call->kind == CK_WATCH_UID ? CK_TRACE_CREDENTIAL : CK_TRACE_CAPABILITY);
    if (before->uids.effective == 0 && known->thread.uids.effective != 0)
        known->launcher = keep_program(session, ck_known_exe(known));
    event.before = before;
    event.after = &known->thread;
    event.leaves_here = was_here && !known->is_here;
    judge(&event, prediction->known ? &prediction->outcome : NULL);
    ck_places_note(&known->places, &event);
    session->tell(session->context, &event);
}

/* A call has succeeded that may have changed the thread. */
static void look_at_change(struct ck_session *session, struct ck_tracee *tracee)
{
    struct prediction prediction;

    start_prediction(tracee, &prediction);
    tell_change(session, tracee, &prediction);
    end_prediction(&prediction);
}

static void look_at_failure(struct ck_session *session, struct ck_tracee *tracee, int error)
{
    struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_REFUSED);

    if (ck_failure_look(session, tracee, error) || !ck_refusal_find(&session->kernel, tracee, error, &event.refusal))
        return;
    event.error = error;
    event.after = &((const struct ck_known *)tracee->data)->thread;
    session->tell(session->context, &event);
}

/* Of a call that has succeeded. */
static void look_at_success(struct ck_session *session, struct ck_tracee *tracee, bool is_watched)
{
    struct ck_known *known = tracee->data;

    ck_failure_tell_used(session, tracee);
    if (!is_watched)
        return;
    if (ck_predict_matters(tracee))
        look_at_change(session, tracee);
    else if (tracee->call->kind == CK_WATCH_GID || ck_predict_renames(tracee))
        (void)look_again(tracee, &known->thread); /* gone meanwhile, it makes no call more */
}

static void on_leave(void *context, struct ck_tracee *tracee)
{
    struct ck_session *session = context;
    struct ck_known *known = tracee->data;
    int64_t result;

    if (known == NULL)
        return;
    tracee->in_call = true; /* what is told now is of this call */
    ck_failure_drain(session);
    tracee->in_call = false;
    bool is_watched = tracee->call != NULL && tracee->call->kind != CK_WATCH_CLONE;
    if (!is_watched && (known->denied_mask | known->used_mask) == 0 && known->overflow_count == session->overflow_count)
        return;
    if (ck_tracer_result(tracee, &result) < 0)
        return;
    if (result == -EPERM || result == -EACCES)
        look_at_failure(session, tracee, (int)-result);
    else if (result >= 0)
        look_at_success(session, tracee, is_watched);
}

/* --- an exec */

/* What a policy has to call the program: a script by its own name, as it counts as itself; or "" in no case. */
static void name_program(const struct ck_tracee *tracee, char ret_path[CK_PATH_SIZE])
{
    const struct ck_known *known = tracee->data;
    char asked[CK_PATH_SIZE + 64];
    char exe[64];
    struct stat asked_file;
    struct stat exe_file;

    ck_known_place(known, tracee->pid, asked, sizeof(asked));
    (void)snprintf(exe, sizeof(exe), "/proc/%d/exe", tracee->pid); /* as above */
    if (ck_known_asked(known)[0] == '\0' || strcmp(ck_known_asked(known), ck_known_exe(known)) == 0 ||
        stat(asked, &asked_file) < 0 || stat(exe, &exe_file) < 0 ||
        (asked_file.st_dev == exe_file.st_dev && asked_file.st_ino == exe_file.st_ino) ||
        realpath(asked, ret_path) == NULL)
        (void)snprintf(ret_path, CK_PATH_SIZE, "%s", ck_known_exe(known)); /* of one size */
}

/* By its set-user-ID bit, or it was root before. */
static bool became_root(const struct ck_uids *before, const struct ck_uids *after)
{
    return before->effective != 0 && before->real != 0 && after->effective == 0;
}

/* Of the program that runs now. Returns false where the thread is gone. */
static bool look_at_program(struct ck_session *session, struct ck_tracee *tracee, struct prediction *prediction)
{
    struct ck_known *known = tracee->data;
    const struct ck_thread *before = &prediction->before;
    char path[CK_PATH_SIZE];

    look_at_exe(known, tracee->pid);
    bool is_seen = strcmp(ck_known_exe(known), "?") != 0;
    if (!is_seen)
        look_at_execfn(session, known, tracee->tid);
    find_executed(known, tracee->pid, is_seen, path);
    prediction->known = ck_predict_exec(&session->kernel, path, before, &prediction->outcome, &prediction->secure);
    if (!look_again(tracee, prediction->known ? &prediction->outcome.after : before))
        return false;
    known->denied_mask = known->used_mask = known->told_mask = 0;
    known->is_raised = known->thread.caps.ambient == 0 && (known->thread.caps.permitted != 0 || prediction->secure);
    known->is_setid = became_root(&before->uids, &known->thread.uids);
    return true;
}

static void tell_exec(struct ck_session *session, struct ck_tracee *tracee, const struct prediction *prediction)
{
    struct ck_known *known = tracee->data;
    struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_EXEC);
    char program[CK_PATH_SIZE];

    name_program(tracee, program);
    event.program = program;
    event.call = "execve";
    event.former_comm = prediction->comm;
    event.before = &prediction->before;
    event.after = &known->thread;
    event.secure = prediction->secure;
    event.script = ck_known_asked(known);
    judge(&event, prediction->known ? &prediction->outcome : NULL);
    ck_places_note(&known->places, &event);
    if (ck_places_await_program(&known->places))
        ck_places_execute(&known->places, keep_program(session, program));
    session->tell(session->context, &event);
}

static void on_exec(void *context, struct ck_tracee *tracee)
{
    struct ck_session *session = context;
    struct prediction prediction;

    if (tracee->data == NULL)
        return;
    start_prediction(tracee, &prediction);
    if (look_at_program(session, tracee, &prediction))
        tell_exec(session, tracee, &prediction);
    end_prediction(&prediction);
}

static void on_end(void *context, struct ck_tracee *tracee, int status)
{
    struct ck_session *session = context;

    if (tracee->data != NULL && tracee->tid == tracee->pid && status >= 0) {
        struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_EXIT);
        event.call = "";
        event.status = status;
        session->tell(session->context, &event);
    }
    ck_known_free(tracee->data);
    tracee->data = NULL;
}

const struct ck_listener ck_session_listener = {
    .start = on_start,
    .entry = on_entry,
    .leave = on_leave,
    .exec = on_exec,
    .end = on_end,
    .arrive = on_arrive,
};
