/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../shim/cold/kernel.h"
#include "../../shim/core/record.h"
#include "../../shim/hot/creds_read.h"
#include "../../shim/hot/guard.h"
#include "../../shim/hot/program.h"
#include "../../shim/hot/change.h"
#include "../../shim/hot/exec.h"
#include "../../shim/hot/tell.h"
#include "../follow/rival.h"
#include "../proc/memory.h"
#include "../tell/predict.h"
#include "remote.h"
#include "../proc/visit.h"

#define PATH_SIZE 4096

/* What is being done for one thread, from the entry of a call to its end. */
struct work {
    bool is_changing; /* the call leaves uid 0 */
    struct ck_change change;
    uint64_t page;    /* in the thread's memory, for the end of the change; 0 where there is none */
    bool is_dropping; /* the call is the launcher's own, on its sets */
    struct ck_own_change own;
    bool is_leaving;          /* the call is an exec after which nothing is left to do */
    struct ck_exec_undo undo; /* of that exec, if it fails */
    uint64_t lower_mask;      /* Descendants=no: to be lowered before the program's first call */
    bool is_changed;    /* a change that has left uid 0 was seen, of this thread or of the one that has created it */
    uint64_t kept_mask; /* what was told as kept then, and is not known to be lost */
};

struct ck_supervisor {
    struct ck_policy *policy;
    const struct ck_log *log;
    struct ck_kernel kernel;
    uint64_t held_mask; /* what was permitted to begin with */
    char launcher[PATH_SIZE];
};

struct ck_supervisor *ck_supervisor_new(struct ck_policy *policy, const struct ck_log *log)
{
    struct ck_supervisor *supervisor = calloc(1, sizeof(*supervisor));

    if (supervisor == NULL)
        return NULL;
    supervisor->policy = policy;
    supervisor->log = log;
    ck_kernel_read(&supervisor->kernel);
    return supervisor;
}

/* --- what is told, in the name of the process that it is about */

static const char *rule_name(const struct ck_supervisor *supervisor, const struct ck_keep *keep)
{
    if (keep->rule == CK_NO_RULE)
        return NULL;
    return ck_policy_text(supervisor->policy, supervisor->policy->rules[keep->rule].name);
}

static void tell(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee, const struct ck_record *record)
{
    struct ck_log log = *supervisor->log;
    struct ck_record told = *record;
    struct ck_proc proc;

    log.pid = tracee->pid;
    told.comm = ck_proc_read(tracee->tid, &proc) == 0 ? proc.comm : "?";
    told.launcher = supervisor->launcher;
    ck_tell(&log, -1, &told);
}

/* No rule is for what leaves root so. */
static void tell_no_match(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee, const char *program,
                          const struct ck_uids *before, const struct ck_uids *after)
{
    struct ck_miss miss;

    ck_match_nearest(supervisor->policy, after->effective, &miss);
    const struct ck_record record = {
        .event = CK_EVENT_NO_MATCH,
        .thread = tracee->tid == tracee->pid ? 0 : tracee->tid,
        .call = tracee->call->name,
        .program = program,
        .before = before,
        .after = after,
        .miss = &miss,
    };
    tell(supervisor, tracee, &record);
}

/* --- a credential change */

/* Only where the call is about to leave uid 0 is there anything to do, so that a launcher's other calls are its own. */
static bool leaves_root(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee,
                        const struct ck_thread *before)
{
    const struct ck_call_memory no_memory = {.has_capset = false};
    struct ck_outcome outcome;

    return ck_predict_call(&supervisor->kernel, tracee, &no_memory, before, &outcome) &&
           ck_uids_left_root(&before->uids, &outcome.after.uids);
}

static void enter_change(const struct ck_supervisor *supervisor, struct ck_tracee *tracee, const struct ck_proc *proc)
{
    struct work *work = tracee->data;
    struct ck_remote remote;

    if (!leaves_root(supervisor, tracee, &proc->thread) || ck_remote_begin(tracee, true, &remote) < 0)
        return;
    ck_change_begin(&remote.caller, &work->change);
    work->is_changing = work->change.possible;
    work->page = work->is_changing ? ck_remote_take_page(&remote) : 0;
    ck_remote_end_at_entry(&remote);
}

static void leave_change(struct ck_supervisor *supervisor, struct ck_tracee *tracee)
{
    struct work *work = tracee->data;
    struct ck_remote remote;
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;

    work->is_changing = false;
    if (ck_remote_begin(tracee, false, &remote) < 0)
        return;
    remote.page = work->page;
    work->change.caller = &remote.caller;
    bool is_told =
        ck_change_end(&work->change, supervisor->policy, NULL, supervisor->kernel.last_cap, &after, &keep, &verdict);
    ck_remote_end(&remote);
    if (!is_told && !verdict.unnarrowed) {
        if (ck_log_wants_all(supervisor->log) && ck_uids_left_root(&work->change.before.uids, &after))
            tell_no_match(supervisor, tracee, NULL, &work->change.before.uids, &after);
        return;
    }
    work->is_changed = true;
    work->kept_mask = verdict.kept_mask | verdict.waiting_mask;
    ck_verdict_blame(&verdict, supervisor->held_mask, CK_LOST_DROPPED);
    const struct ck_record record = {
        .thread = tracee->tid == tracee->pid ? 0 : tracee->tid,
        .call = tracee->call->name,
        .rule = rule_name(supervisor, &keep),
        .before = &work->change.before.uids,
        .after = &after,
        .verdict = &verdict,
    };
    tell(supervisor, tracee, &record);
}

/* --- the launcher's own changes of its sets */

/* Whether the policy has anything to say of them; it does not cost a call to know. */
static bool is_kept_here(const struct ck_supervisor *supervisor, const struct ck_uids *uids)
{
    bool any_root = ck_uids_any_root(uids);
    struct ck_keep keep;

    ck_match(supervisor->policy, uids->effective, NULL, &keep);
    return ck_match_guard(supervisor->policy, any_root, uids->effective) != 0 || (!any_root && keep.keep_mask != 0);
}

/* Makes the guarded call in place of the launcher's. Returns false where that one is to be made as it stands. */
static bool guard_call(const struct ck_tracee *tracee, const struct ck_call_memory *memory, const struct work *work,
                       int *ret_result)
{
    const uint64_t *args = tracee->args;
    unsigned long value = (unsigned long)args[1];

    if (strcmp(tracee->call->name, "capset") == 0) {
        struct ck_capset asked = memory->capset;

        bool is_own = memory->has_capset && (memory->capset_pid == 0 || memory->capset_pid == tracee->tid);
        /* Where what is guarded cannot be added, the launcher's own call has its say. */
        *ret_result = 0;
        return is_own && ck_own_capset(&work->own, &asked) == 0;
    }
    /* PR_CAP_AMBIENT alone insists on zeros in what it does not use (cap_task_prctl). */
    if (args[0] == PR_SET_KEEPCAPS || (args[0] == PR_CAP_AMBIENT && (args[3] | args[4]) != 0))
        return false;
    *ret_result = 0;
    if (ck_own_prctl(&work->own, (int)args[0], &value, (unsigned long)args[2]))
        return true;
    if (value == args[1])
        return false;
    *ret_result = ck_call_prctl(work->own.caller, (int)args[0], value, (unsigned long)args[2]);
    return true;
}

static void enter_own_change(const struct ck_supervisor *supervisor, struct ck_tracee *tracee,
                             const struct ck_proc *proc)
{
    struct work *work = tracee->data;
    struct ck_call_memory memory;
    struct ck_remote remote;
    int result;

    if (!is_kept_here(supervisor, &proc->thread.uids))
        return;
    ck_predict_read(tracee, &memory);
    if (ck_remote_begin(tracee, true, &remote) < 0)
        return;
    work->is_dropping = ck_own_change_begin(&remote.caller, supervisor->policy, &work->own);
    if (work->is_dropping && work->own.guard_mask != 0 && guard_call(tracee, &memory, work, &result))
        ck_remote_end_instead(&remote, result);
    else
        ck_remote_end_at_entry(&remote);
}

static void leave_own_change(struct ck_supervisor *supervisor, struct ck_tracee *tracee)
{
    struct work *work = tracee->data;
    struct ck_verdict verdict = {0};
    struct ck_remote remote;

    work->is_dropping = false;
    if (ck_remote_begin(tracee, false, &remote) < 0)
        return;
    work->own.caller = &remote.caller;
    verdict.lost[CK_LOST_DROPPED] = ck_own_change_end(&work->own);
    work->kept_mask &= ~verdict.lost[CK_LOST_DROPPED];
    ck_remote_end(&remote);
    if (verdict.lost[CK_LOST_DROPPED] == 0)
        return;
    const struct ck_record record = {
        .event = CK_EVENT_DROPPED,
        .call = tracee->call->name,
        .before = &work->own.before.uids,
        .after = &work->own.before.uids,
        .verdict = &verdict,
    };
    tell(supervisor, tracee, &record);
}

/* --- an exec */

/* What is about to be executed, as the thread names it. */
struct look {
    char path[PATH_SIZE];
    struct ck_program_texts texts;
    struct ck_program program;
    struct ck_file_facts facts;
};

static int open_directory(pid_t tid, int fd)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, fd); /* it fits */
    return open(path, O_PATH | O_CLOEXEC);
}

/* Returns false where there is no such file, so that the exec will fail. */
static bool look_at(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee,
                    const struct ck_caller *caller, struct look *ret_look)
{
    bool is_execveat = strcmp(tracee->call->name, "execveat") == 0;
    struct ck_target target = {AT_FDCWD, ret_look->path, is_execveat ? (int)tracee->args[4] : 0};
    struct ck_executor executor;
    struct ck_visit visit;

    ck_executor_read(caller, supervisor->kernel.exec_by_effective, &executor);
    ck_memory_read_string(tracee->tid, tracee->args[is_execveat ? 1 : 0], ret_look->path, sizeof(ret_look->path));
    if (is_execveat && (int)tracee->args[0] != AT_FDCWD)
        target.dirfd = open_directory(tracee->tid, (int)tracee->args[0]);
    bool is_there = ck_visit_begin(tracee->tid, &visit) == 0;
    if (is_there) {
        is_there = ck_program_look(&executor, &target, &ret_look->texts, &ret_look->program, &ret_look->facts);
        ck_visit_end(&visit);
    }
    if (target.dirfd >= 0)
        (void)close(target.dirfd); /* O_PATH: nothing is lost with it */
    return is_there;
}

/* Contract C2. Returns 0, or -EPERM where the exec is not to be. */
static int prepare_exec(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee,
                        const struct ck_caller *caller, const struct ck_uids *uids, struct work *work)
{
    bool once = uids->saved == 0;
    struct look look;
    struct ck_rule_set running;
    struct ck_keep keep;
    struct ck_verdict verdict;

    if (!look_at(supervisor, tracee, caller, &look))
        return 0;
    const struct ck_exec_facts exec = {
        .file = &look.facts,
        .once = once,
        .may_start = look.facts.has_elf && look.facts.elf.is_program && look.facts.is_executable,
        .takes_library = true, /* what the library would have to lower in the program, the supervisor lowers */
        .last_cap = supervisor->kernel.last_cap,
    };
    ck_match_program(supervisor->policy, &look.program, &running);
    ck_match(supervisor->policy, uids->effective, &running, &keep);
    int result = ck_exec_prepare(caller, &keep, &exec, &work->undo, &verdict);
    ck_verdict_blame(&verdict, supervisor->held_mask, once || work->is_changed ? CK_LOST_DROPPED : CK_LOST_GONE);
    work->lower_mask = verdict.lower_mask;
    bool is_told = result < 0 || ck_verdict_leave_news(&verdict, once, work->kept_mask);
    const struct ck_record record = {
        .call = tracee->call->name,
        .program = look.path,
        .rule = rule_name(supervisor, &keep),
        .awaited = verdict.other_mask != 0 ? ck_match_awaited(supervisor->policy, uids->effective, &running) : NULL,
        .before = uids,
        .after = uids,
        .verdict = &verdict,
        .refused = result < 0,
    };
    if (is_told)
        tell(supervisor, tracee, &record);
    return result;
}

/* As in the library: where the saved uid is no 0 either, the change of uid was told. */
static void tell_unmatched_exec(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee,
                                const struct ck_uids *uids)
{
    bool is_execveat = strcmp(tracee->call->name, "execveat") == 0;
    char path[PATH_SIZE];

    if (!ck_log_wants_all(supervisor->log) || uids->saved != 0)
        return;
    ck_memory_read_string(tracee->tid, tracee->args[is_execveat ? 1 : 0], path, sizeof(path));
    tell_no_match(supervisor, tracee, path, uids, uids);
}

static void enter_exec(const struct ck_supervisor *supervisor, struct ck_tracee *tracee, const struct ck_proc *proc)
{
    const struct ck_uids *uids = &proc->thread.uids;
    struct work *work = tracee->data;
    struct ck_remote remote;
    struct ck_keep keep;

    /* The saved uid does not count: exec copies the effective uid into it (execve(2)). */
    if (uids->real == 0 || uids->effective == 0)
        return;
    work->is_leaving = true;
    work->undo = (struct ck_exec_undo){0};
    ck_match(supervisor->policy, uids->effective, NULL, &keep);
    if (keep.rule == CK_NO_RULE)
        tell_unmatched_exec(supervisor, tracee, uids);
    if (keep.rule == CK_NO_RULE || ck_remote_begin(tracee, true, &remote) < 0)
        return;
    int result = prepare_exec(supervisor, tracee, &remote.caller, uids, work);
    if (result == 0) {
        ck_remote_end_at_entry(&remote);
    } else {
        ck_remote_end_instead(&remote, result);
        work->is_leaving = false;
        work->lower_mask = 0;
    }
}

/* It has failed, and may be tried again elsewhere. */
static void leave_exec(struct ck_tracee *tracee)
{
    struct work *work = tracee->data;
    struct ck_remote remote;

    work->is_leaving = false;
    work->lower_mask = 0;
    if (ck_remote_begin(tracee, false, &remote) < 0)
        return;
    (void)ck_exec_take_back(&remote.caller, &work->undo); /* what was possible a moment ago */
    ck_remote_end(&remote);
}

/* Ambient alone, one by one: what an exec of the program's own passes on. Then it is on its own. */
static void lower_and_release(struct ck_tracee *tracee)
{
    struct work *work = tracee->data;
    uint64_t mask = work->lower_mask;
    struct ck_remote remote;

    tracee->release = true;
    if (ck_remote_begin(tracee, true, &remote) < 0)
        return;
    while (mask != 0)
        (void)ck_call_prctl(&remote.caller, PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, ck_cap_take_lowest(&mask));
    ck_remote_end_at_entry(&remote);
}

/* --- a tracer among the supervised */

static void leave_ptrace(const struct ck_supervisor *supervisor, const struct ck_tracee *tracee)
{
    struct ck_proc proc;

    if (!ck_rival_was_refused(tracee) || ck_proc_read(tracee->tid, &proc) < 0)
        return;
    const struct ck_record record = {
        .event = CK_EVENT_RIVAL,
        .call = tracee->call->name,
        .before = &proc.thread.uids,
        .after = &proc.thread.uids,
    };
    tell(supervisor, tracee, &record);
}

/* --- the listener */

/* The rules are those for the launcher that this thread is, as the library judges them when it is loaded. */
static void become_launcher(struct ck_supervisor *supervisor, const struct ck_tracee *tracee)
{
    char former[PATH_SIZE];

    memcpy(former, supervisor->launcher, sizeof(former));
    ck_proc_read_exe(tracee->pid, supervisor->launcher, sizeof(supervisor->launcher));
    if (strcmp(former, supervisor->launcher) != 0)
        ck_match_set_launcher(supervisor->policy, supervisor->launcher);
}

static void on_start(void *context, struct ck_tracee *tracee, struct ck_tracee *creator)
{
    struct ck_supervisor *supervisor = context;
    struct ck_proc proc;

    /* Without memory for it, nothing is done for this thread, and so nothing is kept. */
    struct work *work = tracee->data = calloc(1, sizeof(*work));
    if (work != NULL && creator != NULL && creator->data != NULL) {
        work->is_changed = ((const struct work *)creator->data)->is_changed;
        work->kept_mask = ((const struct work *)creator->data)->kept_mask;
    }
    if (creator == NULL && ck_proc_read(tracee->tid, &proc) == 0)
        supervisor->held_mask |= proc.thread.caps.permitted;
}

/* The first call of a program that has been executed. */
static void on_arrival(void *context, struct ck_tracee *tracee)
{
    const struct work *work = tracee->data;

    (void)context; /* what is to be lowered was found before */
    if (work != NULL && work->lower_mask != 0 && !work->is_leaving)
        lower_and_release(tracee);
}

static void on_entry(void *context, struct ck_tracee *tracee)
{
    struct ck_supervisor *supervisor = context;
    struct work *work = tracee->data;
    struct ck_proc proc;

    if (work == NULL || tracee->release)
        return;
    bool is_exec = tracee->call->kind == CK_WATCH_EXEC;
    if (!is_exec && (tracee->call->kind == CK_WATCH_USERNS || !ck_predict_matters(tracee)))
        return;
    /* In another user namespace the sets, and the ids, are not those that the policy speaks of. */
    if (ck_proc_read(tracee->tid, &proc) < 0 || !ck_proc_is_here(tracee->pid))
        return;
    become_launcher(supervisor, tracee);
    if (is_exec)
        enter_exec(supervisor, tracee, &proc);
    else if (tracee->call->kind == CK_WATCH_UID)
        enter_change(supervisor, tracee, &proc);
    else
        enter_own_change(supervisor, tracee, &proc);
}

static void on_leave(void *context, struct ck_tracee *tracee)
{
    struct ck_supervisor *supervisor = context;
    const struct work *work = tracee->data;

    if (work == NULL || tracee->call == NULL)
        return;
    if (work->is_changing)
        leave_change(supervisor, tracee);
    else if (work->is_dropping)
        leave_own_change(supervisor, tracee);
    else if (work->is_leaving)
        leave_exec(tracee);
    else if (tracee->call->kind == CK_WATCH_PTRACE)
        leave_ptrace(supervisor, tracee);
}

static void on_exec(void *context, struct ck_tracee *tracee)
{
    struct work *work = tracee->data;
    struct ck_proc proc;

    (void)context; /* the policy has been applied before */
    if (work == NULL || !work->is_leaving)
        return;
    work->is_leaving = false;
    /* A set-user-ID program is the next launcher. */
    bool is_launcher = ck_proc_read(tracee->tid, &proc) == 0 && ck_uids_any_root(&proc.thread.uids);
    if (is_launcher)
        work->lower_mask = 0;
    tracee->release = !is_launcher && work->lower_mask == 0;
}

static void on_end(void *context, struct ck_tracee *tracee, int status)
{
    (void)context;
    (void)status; /* how it ended is for its parent to know */
    free(tracee->data);
    tracee->data = NULL;
}

const struct ck_listener ck_supervisor_listener = {
    .start = on_start,
    .arrive = on_arrival,
    .entry = on_entry,
    .leave = on_leave,
    .exec = on_exec,
    .end = on_end,
};
