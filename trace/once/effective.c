/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "effective.h"

#include <errno.h>

#include "../keep/remote.h"

static int begin(const struct ck_tracer *tracer, struct ck_tracee *tracee, bool at_entry, struct ck_remote *ret_remote)
{
    static struct ck_proc proc;
    int result = ck_tracer_suspend_filters(tracer, tracee, true);

    /* We may have one ourselves, or no CAP_SYS_ADMIN: then that is refused (check_ptrace_options). */
    if (result < 0 && (ck_proc_read(tracee->tid, &proc) < 0 || proc.is_filtered))
        return -EACCES;
    result = ck_remote_begin(tracee, at_entry, ret_remote);
    if (result < 0)
        (void)ck_tracer_suspend_filters(tracer, tracee, false); /* ESRCH: it is gone */
    return result;
}

static int set(struct ck_remote *remote, uint64_t mask)
{
    struct ck_capset caps;
    int result = ck_call_capget(&remote->caller, &caps);

    if (result < 0 || caps.effective == (mask & caps.permitted))
        return result;
    caps.effective = mask & caps.permitted;
    return ck_call_capset(&remote->caller, &caps);
}

/* `end`: how the thread goes on then; at the end of a call that could not be prepared for another, as it would have. */
static int set_and_end(const struct ck_tracer *tracer, struct ck_tracee *tracee, bool at_entry, uint64_t mask,
                       void (*end)(struct ck_remote *remote))
{
    struct ck_remote remote;
    int result = begin(tracer, tracee, at_entry, &remote);

    if (result < 0)
        return result;
    result = set(&remote, mask);
    if (result < 0 && !at_entry)
        end = ck_remote_end;
    end(&remote);
    (void)ck_tracer_suspend_filters(tracer, tracee, false); /* as above; its own call is filtered */
    return result;
}

int ck_effective_set_at_entry(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask)
{
    return set_and_end(tracer, tracee, true, mask, ck_remote_end_at_entry);
}

int ck_effective_set_at_end(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask)
{
    return set_and_end(tracer, tracee, false, mask, ck_remote_end);
}

int ck_effective_set_again(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask)
{
    return set_and_end(tracer, tracee, false, mask, ck_remote_end_again);
}

bool ck_effective_is_free(const struct ck_tracer *tracer, const struct ck_tracee *tracee)
{
    bool result = ck_tracer_suspend_filters(tracer, tracee, true) == 0;

    (void)ck_tracer_suspend_filters(tracer, tracee, false); /* it was not before */
    return result;
}
