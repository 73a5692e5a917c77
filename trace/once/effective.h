/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Sets what is effective to a traced thread, by a capset in its name: as far as it is permitted to it, and past its own
 * seccomp filters, which may end it for a call that it never makes (PTRACE_O_SUSPEND_SECCOMP). From within a listener, as
 * ck_remote_begin. All return 0 or -errno; -EACCES where a filter is there that cannot be suspended, and nothing was
 * changed.
 */
#include "../follow/tracer.h"

int ck_effective_set_at_entry(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask);
int ck_effective_set_at_end(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask);

/* At an end: and the thread stands at the entry of the same call again. */
int ck_effective_set_again(const struct ck_tracer *tracer, struct ck_tracee *tracee, uint64_t mask);

/* Whether a filter that it might come to have would not be in the way. */
bool ck_effective_is_free(const struct ck_tracer *tracer, const struct ck_tracee *tracee);
