/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Makes system calls in the name of a traced thread, at the entry or at the end of one of its own, and leaves its
 * registers and its signal mask as they were. All its signals are blocked meanwhile, so that none is delivered in
 * between; they come in afterwards. A job that is stopped meanwhile is run through the stop and stops after it: so
 * nothing here waits for anybody but the kernel.
 */
#include <stdint.h>

#include "../arch/registers.h"
#include "tracer.h"

struct ck_injection {
    struct ck_tracee *tracee;
    struct ck_registers saved;
    uint64_t saved_mask;
    bool at_entry;   /* where it began */
    bool has_called; /* since then */
    bool is_gone;    /* the thread was killed */
};

/* From within a listener's entry (`at_entry`) or leave. Returns 0, or -errno: then nothing has been changed. */
int ck_inject_begin(struct ck_tracee *tracee, bool at_entry, struct ck_injection *ret_injection);

/*
 * Makes a call, by its name, by the convention of the thread's own one. Returns what it returns; -ESRCH where the thread
 * is gone, also if a call is to return that itself.
 */
int64_t ck_inject_call(struct ck_injection *injection, const char *name, const uint64_t args[6]);

/* Begun at an entry: the thread stands at the entry of its own call again, as if nothing had been. */
void ck_inject_end_at_entry(struct ck_injection *injection);

/* Begun at an entry: the thread's own call is not made, and seems to have returned `result`. */
void ck_inject_end_instead(struct ck_injection *injection, int64_t result);

/*
 * Begun at an end: the thread stands at the entry of the call that it has made, to make it once more, with the same
 * arguments. The listener is not told of that entry; it is told of the call's end.
 */
void ck_inject_end_again(struct ck_injection *injection);

/* Begun at an end: the thread goes on. */
void ck_inject_end(struct ck_injection *injection);
