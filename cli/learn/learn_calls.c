/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_calls.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "../../shim/core/capset.h"
#include "../../trace/tell/object.h"

static bool is_alike(const struct ck_learn_call *one, const struct ck_learn_call *other)
{
    return one->error == other->error && one->made == other->made && one->error_with == other->error_with &&
           one->granted_mask == other->granted_mask && one->denied_mask == other->denied_mask &&
           strcmp(one->call, other->call) == 0 && strcmp(one->comm, other->comm) == 0 &&
           strcmp(one->object, other->object) == 0 && strcmp(one->program, other->program) == 0;
}

static void note_call(struct ck_learn_report *report, const struct ck_learn_call *call)
{
    for (unsigned i = 0; i < report->call_count; i++) {
        if (is_alike(&report->calls[i], call)) {
            report->calls[i].count++;
            return;
        }
    }
    report->is_full = report->call_count == CK_LEARN_CALLS_MAX;
    if (!report->is_full)
        report->calls[report->call_count++] = *call;
}

/* What its arguments were is gone with the program that made the call. */
static bool is_executed(const struct ck_tracee *tracee, const struct ck_checks *checks)
{
    return tracee->call == NULL && strncmp(checks->call, "execve", strlen("execve")) == 0;
}

static int error_of(int64_t result)
{
    return result < 0 && result > -4096 ? (int)-result : 0;
}

static void describe_call(const struct ck_tracee *tracee, const struct ck_checks *checks,
                          struct ck_learn_call *ret_call)
{
    *ret_call = (struct ck_learn_call){
        .error = error_of(checks->result),
        .granted_mask = checks->granted_mask,
        .denied_mask = checks->denied_mask,
        .count = 1,
    };
    (void)snprintf(ret_call->call, sizeof(ret_call->call), "%s", checks->call); /* none is longer */
    (void)snprintf(ret_call->comm, sizeof(ret_call->comm), "%s", checks->comm); /* of one size */
    (void)snprintf(ret_call->program, sizeof(ret_call->program), "%.255s", checks->exe);
    if (is_executed(tracee, checks))
        (void)snprintf(ret_call->object, sizeof(ret_call->object), "%.255s", checks->exe);
    else
        ck_object_tell(tracee, checks->call, ret_call->object, sizeof(ret_call->object));
}

static bool is_refusal(int64_t result)
{
    return result == -EPERM || result == -EACCES || result == -EROFS;
}

/* These succeed where the kernel refuses what they ask for: the refusal comes as a message (netlink(7), io_uring(7)). */
static bool is_message(const char *call)
{
    return strcmp(call, "sendto") == 0 || strcmp(call, "sendmsg") == 0 || strcmp(call, "sendmmsg") == 0 ||
           strcmp(call, "io_uring_enter") == 0;
}

/* Of the calls that went on without what they were denied the last counts where none has failed. */
static void note_obstacle(struct ck_learn_report *report, const struct ck_checks *checks,
                          const struct ck_learn_call *call)
{
    struct ck_learn_obstacle *obstacle = &report->obstacle;
    bool is_failure = call->error != 0 || is_message(call->call);
    bool is_denied = (call->denied_mask & ~ck_learn_silent_mask) != 0;

    if (is_refusal(checks->result) || (is_denied && (is_failure || !obstacle->is_failure)))
        *obstacle =
            (struct ck_learn_obstacle){*call, is_failure, checks->is_raised, checks->is_apart, report->has_lowered};
}

/* What a program that ambient capabilities do not reach is asked for, it has by its file, or has not. */
void ck_learn_calls_note(struct ck_learn_report *report, const struct ck_tracee *tracee, const struct ck_checks *checks,
                         enum ck_once_word made)
{
    uint64_t mask = checks->granted_mask | checks->denied_mask;
    struct ck_learn_call call;

    report->passing_mask |= checks->memory_mask;
    if (mask == 0 && !is_refusal(checks->result))
        return;
    describe_call(tracee, checks, &call);
    call.made = made;
    if (made == CK_ONCE_HELPED)
        call.error_with = error_of(ck_once_result(tracee));
    note_obstacle(report, checks, &call);
    if (checks->is_raised) {
        report->raised_mask |= mask;
        return;
    }
    if (mask != 0)
        note_call(report, &call);
    if (checks->is_apart)
        return;
    report->seen.granted_mask |= checks->granted_mask;
    report->seen.denied_mask |= checks->denied_mask;
    if ((mask & ck_cap_bit(CAP_SYS_ADMIN)) != 0)
        report->seen.beside_admin_mask |= mask;
}
