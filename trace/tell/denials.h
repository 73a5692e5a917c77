/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The kernel's own word on each capability that was asked for and denied, or granted: the tracepoint capability:cap_capable (Linux
 * 6.14), read through perf_event_open(2). The tracepoint's number stands in tracefs, which is opened without being
 * mounted where anybody could see it. Needs CAP_PERFMON and CAP_SYS_ADMIN.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ck_denials;

/*
 * For all that is denied, or with `granted` also granted, on this machine from now on: an event that is bound to a process costs it more, at each of its
 * stops, than the few denials of others cost us. Returns 0, or -errno where the kernel has no such tracepoint or does not
 * let us read it.
 */
int ck_denials_open(bool granted, struct ck_denials **ret_denials);
void ck_denials_close(struct ck_denials *denials);

struct ck_check {
    pid_t pid;
    pid_t tid;
    unsigned cap;
    bool granted;
    bool foreign;    /* it was asked for over another user namespace than ours; known where the granted ones are told */
    uint64_t userns; /* the kernel's address of that one */
};

/*
 * Calls `each` for what has been answered since the last time. Cheap where that is nothing. Returns false where there was
 * no room for all of it.
 */
typedef void ck_denial_function(void *context, const struct ck_check *check);
bool ck_denials_drain(struct ck_denials *denials, ck_denial_function *each, void *context);

/*
 * How much there was no room for since the beginning. A ring tells of a loss with the next answer that it takes; this is
 * also known where none has come since.
 */
uint64_t ck_denials_lost(const struct ck_denials *denials);
