/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the parts of the session share. */
#include <time.h>

#include "../../model/kernel.h"
#include "known.h"
#include "session.h"

/* A program that a place speaks of; each once. */
struct ck_program_path {
    struct ck_program_path *next;
    char path[];
};

struct ck_session {
    uint32_t securebits; /* of what was started or attached */
    bool is_weak;        /* we have no CAP_SYS_PTRACE: what we trace gains nothing by an exec */
    struct ck_kernel kernel;
    ck_event_function *tell;
    void *context;
    struct timespec began;
    struct ck_denials *denials; /* NULL where the kernel does not tell them */
    bool tells_used;
    uint64_t stray_granted_mask; /* asked for by threads that cannot be traced, over our own user namespace */
    uint64_t stray_denied_mask;
    unsigned unseen_count;    /* of the programs whose file /proc did not tell */
    unsigned overflow_count;  /* how often it had told more than there was room for */
    struct ck_tracer *tracer; /* with denials */
    struct ck_program_path *programs;
    unsigned program_count;
};

/* An event with what is the same for all of them. */
struct ck_trace_event ck_event_of(const struct ck_session *session, const struct ck_tracee *tracee,
                                  enum ck_trace_kind kind);
