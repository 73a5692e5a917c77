/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Listens to the tracer: keeps for each thread what is known of it, asks the kernel what each call has made of it and
 * the model why, and tells the events.
 */
#include "event.h"
#include "../follow/tracer.h"

typedef void ck_event_function(void *context, const struct ck_trace_event *event);

struct ck_session;

/*
 * `securebits` are those of what will be started or attached, as /proc does not tell them. Returns NULL with errno set
 * where there is no memory, or where this is no kernel that the model knows.
 */
struct ck_session *ck_session_new(uint32_t securebits, ck_event_function *tell, void *context);
void ck_session_free(struct ck_session *session);

/* The listener, whose context is the session. */
extern const struct ck_listener ck_session_listener;

/*
 * Asks the kernel for the denials of what `tracer` follows, and with `used` for what it has made use of. Returns 0 or
 * -errno: then likely denials are told instead, for which the calls of CK_WATCH_NEEDS have to be watched.
 */
int ck_session_watch_denials(struct ck_session *session, struct ck_tracer *tracer, bool used);

/* What the kernel was asked for in a call, over our own user namespace. */
struct ck_checks {
    char call[32];
    const char *comm;
    const char *exe;
    bool is_raised; /* by a program that is root, set-ID, or has file capabilities: what is ambient did not reach it */
    bool is_apart;  /* by a process in another user namespace, which has none in ours */
    int64_t result; /* -errno where it has failed */
    uint64_t granted_mask;
    uint64_t denied_mask; /* a likely one, where the kernel does not tell */
    uint64_t memory_mask; /* asked for in taking memory, and in neither of the above */
};

/* For a listener that passes on to the session's what it hears: of the call whose end it has just passed on. */
void ck_session_read_checks(const struct ck_session *session, const struct ck_tracee *tracee,
                            struct ck_checks *ret_checks);

/* What threads were asked for that cannot be traced, of processes that are: io_uring's workers. */
void ck_session_read_strays(const struct ck_session *session, uint64_t *ret_granted_mask, uint64_t *ret_denied_mask);

/* How many programs could not be looked at, for want of CAP_SYS_PTRACE: of those only the name is known, if it is a whole one. */
unsigned ck_session_unseen_count(const struct ck_session *session);

/* Takes what the kernel has told so far, where nothing stops for a long time: there is room for so much. */
void ck_session_drain(struct ck_session *session);

/* Whether the kernel has told more at once than there was room for: some of what was used may not have been told. */
bool ck_session_missed_some(const struct ck_session *session);
