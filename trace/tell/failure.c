/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "failure.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../model/capset_call.h"
#include "denials.h"
#include "needs.h"
#include "object.h"

/* Of two that one call asks for, a second that would do in place of the first, and for more than that. */
static bool is_broader(unsigned cap, uint64_t before_mask)
{
    switch (cap) {
    case CAP_SYS_ADMIN:
        return before_mask != 0;
    case CAP_DAC_OVERRIDE:
        return (before_mask & ck_cap_bit(CAP_DAC_READ_SEARCH)) != 0;
    case CAP_NET_ADMIN:
        return (before_mask & ck_cap_bit(CAP_NET_RAW)) != 0;
    default:
        return false;
    }
}

/* io_uring's workers are threads of the process that nobody can trace; what it has them do, they are asked for. */
static void note_stray(struct ck_session *session, const struct ck_check *check)
{
    if (check->foreign || check->cap >= CK_CAPS_MAX || ck_tracer_find(session->tracer, check->pid) == NULL)
        return;
    if (check->granted)
        session->stray_granted_mask |= ck_cap_bit(check->cap);
    else
        session->stray_denied_mask |= ck_cap_bit(check->cap);
}

/*
 * The kernel's word, of any thread of this machine: it counts when that thread is in a call, and the call then fails.
 * The last one that it asks for is what it fails for, unless that would only have stood in for another.
 */
static void note_answer(void *context, const struct ck_check *check)
{
    struct ck_session *session = context;
    struct ck_tracee *tracee = ck_tracer_find(session->tracer, check->tid);
    unsigned cap = check->cap;
    struct ck_known *known = tracee != NULL && tracee->in_call ? tracee->data : NULL;

    if (tracee == NULL)
        note_stray(session, check);
    if (known == NULL || cap >= CK_CAPS_MAX)
        return;
    if (!check->foreign)
        known->here_mask |= ck_cap_bit(cap);
    if (check->granted) {
        known->used_mask |= ck_cap_bit(cap);
        return;
    }
    if (!is_broader(cap, known->denied_mask))
        known->denied_cap = cap;
    known->denied_mask |= ck_cap_bit(cap);
    known->refused_mask |= ck_cap_bit(cap);
}

void ck_failure_drain(struct ck_session *session)
{
    if (session->denials != NULL && !ck_denials_drain(session->denials, note_answer, session))
        session->overflow_count++;
}

/* Over its own user namespace a thread may have what it was denied over another. */
static enum ck_held how_held(const struct ck_known *known, unsigned cap)
{
    const struct ck_capset *caps = &known->thread.caps;

    if ((caps->effective & ck_cap_bit(cap)) != 0)
        return CK_HELD_NAMESPACE;
    return (caps->permitted & ck_cap_bit(cap)) != 0 ? CK_HELD_PERMITTED : CK_HELD_NOT;
}

static void tell_denial(struct ck_session *session, struct ck_tracee *tracee, const struct ck_trace_event *denial)
{
    const struct ck_known *known = tracee->data;
    struct ck_trace_event event = *denial;
    char object[CK_OBJECT_SIZE];

    ck_object_tell(tracee, event.call, object, sizeof(object));
    event.object = object;
    event.launcher = known->launcher;
    event.after = &known->thread;
    event.held = how_held(known, event.cap);
    event.lost_at = ck_places_find(&known->places, event.cap, event.held);
    session->tell(session->context, &event);
}

/* capset asks for CAP_SETPCAP whatever it is to do; whether that would have helped, the model knows. */
static bool capset_needs_setpcap(const struct ck_session *session, const struct ck_known *known)
{
    struct ck_thread thread = known->thread;
    struct ck_outcome outcome;

    thread.caps.effective |= ck_cap_bit(CAP_SETPCAP);
    return known->memory.has_capset && ck_capset_call(&session->kernel, &thread, &known->memory.capset, &outcome) == 0;
}

/* What is asked for in passing, without which the call fails all the same. */
static uint64_t in_passing(const struct ck_session *session, const struct ck_tracee *tracee, const char *call)
{
    uint64_t mask = ck_needs_in_passing(call, tracee->args);

    if (strcmp(call, "capset") == 0 && !capset_needs_setpcap(session, tracee->data))
        mask |= ck_cap_bit(CAP_SETPCAP);
    return mask;
}

static void forget_denials(struct ck_known *known, uint64_t mask)
{
    known->denied_mask &= ~mask;
    if (known->denied_mask != 0 && (known->denied_mask & ck_cap_bit(known->denied_cap)) == 0) {
        uint64_t rest_mask = known->denied_mask;
        known->denied_cap = ck_cap_take_lowest(&rest_mask);
    }
}

/* A likely denial, where the kernel does not tell, or had to tell too much at once. */
static bool guess(const struct ck_session *session, const struct ck_tracee *tracee, const char *call, int error,
                  unsigned *ret_cap)
{
    const struct ck_known *known = tracee->data;

    if (session->denials != NULL && known->overflow_count == session->overflow_count)
        return false;
    if (!ck_needs_guess(tracee->tid, call, tracee->args, error, ret_cap))
        return false;
    return ((known->thread.caps.effective | in_passing(session, tracee, call)) & ck_cap_bit(*ret_cap)) == 0;
}

/* The name of the call that the thread is in, to be freed; NULL where it is a watched one, or none. */
static char *name_call(const struct ck_tracee *tracee, struct ck_trace_event *event)
{
    char *name = tracee->call == NULL ? ck_watch_name(tracee->arch, (uint64_t)tracee->number) : NULL;

    if (name != NULL)
        event->call = name;
    if (event->call[0] == '\0')
        event->call = "?";
    return name;
}

bool ck_failure_look(struct ck_session *session, struct ck_tracee *tracee, int error)
{
    struct ck_known *known = tracee->data;
    struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_DENIED);
    char *name = name_call(tracee, &event);

    event.error = error;
    forget_denials(known, in_passing(session, tracee, event.call));
    if (known->denied_mask != 0) {
        event.cap = known->denied_cap;
        event.also_mask = known->denied_mask & ~ck_cap_bit(event.cap);
        event.exact = true;
    }
    bool is_denial = event.exact || guess(session, tracee, event.call, error, &event.cap);
    if (is_denial)
        tell_denial(session, tracee, &event);
    free(name);
    return is_denial;
}

void ck_failure_tell_used(struct ck_session *session, struct ck_tracee *tracee)
{
    struct ck_known *known = tracee->data;
    struct ck_trace_event event = ck_event_of(session, tracee, CK_TRACE_USED);

    if (known->used_mask == 0)
        return;
    char *name = name_call(tracee, &event);
    event.after = &known->thread;
    /* Overlayfs asks with the capabilities of who has mounted it (ovl_override_creds): those are not this thread's. */
    event.used_mask =
        known->used_mask & known->had_mask & ~known->told_mask & ~ck_needs_in_passing(event.call, tracee->args);
    known->told_mask |= event.used_mask;
    if (event.used_mask != 0)
        session->tell(session->context, &event);
    free(name);
}

/* Where the kernel does not tell: as of a call that has failed. */
static uint64_t guess_denied(const struct ck_tracee *tracee, const char *call, int64_t result)
{
    unsigned cap;

    if (result != -EPERM && result != -EACCES)
        return 0;
    return ck_needs_guess(tracee->tid, call, tracee->args, (int)-result, &cap) ? ck_cap_bit(cap) : 0;
}

void ck_session_read_checks(const struct ck_session *session, const struct ck_tracee *tracee,
                            struct ck_checks *ret_checks)
{
    const struct ck_known *known = tracee->data;

    *ret_checks = (struct ck_checks){.exe = "?", .call = "?"};
    if (known == NULL)
        return;
    char *name = ck_watch_name(tracee->arch, (uint64_t)tracee->number);
    if (name != NULL)
        (void)snprintf(ret_checks->call, sizeof(ret_checks->call), "%s", name); /* no call's is longer */
    free(name);
    ret_checks->exe = ck_known_exe(known);
    ret_checks->comm = known->comm;
    ret_checks->is_raised = known->is_raised;
    ret_checks->is_apart = !known->is_here;
    if (ck_tracer_result(tracee, &ret_checks->result) < 0)
        return;
    ret_checks->granted_mask = known->used_mask & known->here_mask;
    ret_checks->denied_mask = known->refused_mask & known->here_mask;
    if (session->denials == NULL)
        ret_checks->denied_mask = guess_denied(tracee, ret_checks->call, ret_checks->result);
    if (ck_needs_takes_memory(ret_checks->call, tracee->args))
        ret_checks->memory_mask = (ret_checks->granted_mask | ret_checks->denied_mask) & ck_cap_bit(CAP_SYS_ADMIN);
    ret_checks->granted_mask &= ~ret_checks->memory_mask;
    ret_checks->denied_mask &= ~ret_checks->memory_mask;
}

void ck_session_read_strays(const struct ck_session *session, uint64_t *ret_granted_mask, uint64_t *ret_denied_mask)
{
    *ret_granted_mask = session->stray_granted_mask;
    *ret_denied_mask = session->stray_denied_mask;
}
