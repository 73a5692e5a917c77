/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the model says that a call makes of a thread, from the call as the tracer has seen it. */
#include "../../model/creds.h"
#include "../../model/kernel.h"
#include "../follow/tracer.h"

/* What has to be read before the call, as it may be gone or changed after it. */
struct ck_call_memory {
    bool has_capset;
    pid_t capset_pid;        /* whom capset names, in the thread's own pid namespace; 0 for itself */
    struct ck_capset capset; /* that capset asks for */
};

/* At the entry of a watched call. */
void ck_predict_read(const struct ck_tracee *tracee, struct ck_call_memory *ret_memory);

/* Whether the call can change a set, an id, securebits or no_new_privs at all: most options of prctl cannot. */
bool ck_predict_matters(const struct ck_tracee *tracee);

/* Whether the call gives the thread another name (PR_SET_NAME). */
bool ck_predict_renames(const struct ck_tracee *tracee);

/* Whether this thread, which has just created another, has put it into a user namespace of its own. */
bool ck_predict_enters_userns(const struct ck_tracee *tracee);

/* The outcome of a call that has succeeded. Returns false where the model does not know it. */
bool ck_predict_call(const struct ck_kernel *kernel, const struct ck_tracee *tracee,
                     const struct ck_call_memory *memory, const struct ck_thread *before,
                     struct ck_outcome *ret_outcome);

/* The outcome of an exec that has been done, of the file at `path`. As above. `ret_secure` is AT_SECURE. */
bool ck_predict_exec(const struct ck_kernel *kernel, const char *path, const struct ck_thread *before,
                     struct ck_outcome *ret_outcome, bool *ret_secure);
