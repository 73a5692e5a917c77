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

int ck_effective_set_at_entry(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask)
{
    struct ck_remote remote;
    int result = begin(tracer, tracee, true, &remote);

    if (result < 0)
        return result;
    result = set(&remote, mask);
    ck_remote_end_at_entry(&remote);
    (void)ck_tracer_suspend_filters(tracer, tracee, false); /* as above; its own call is filtered */
    return result;
}

int ck_effective_set_at_end(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask)
{
    struct ck_remote remote;
    int result = begin(tracer, tracee, false, &remote);

    if (result < 0)
        return result;
    result = set(&remote, mask);
    ck_remote_end(&remote);
    (void)ck_tracer_suspend_filters(tracer, tracee, false); /* as above */
    return result;
}

int ck_effective_set_again(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask)
{
    struct ck_remote remote;
    int result = begin(tracer, tracee, false, &remote);

    if (result < 0)
        return result;
    result = set(&remote, mask);
    if (result < 0)
        ck_remote_end(&remote);
    else
        ck_remote_end_again(&remote);
    (void)ck_tracer_suspend_filters(tracer, tracee, false); /* as above */
    return result;
}

bool ck_effective_is_free(const struct ck_tracer *tracer, const struct ck_tracee *tracee)
{
    bool result = ck_tracer_suspend_filters(tracer, tracee, true) == 0;

    (void)ck_tracer_suspend_filters(tracer, tracee, false); /* it was not before */
    return result;
}
