/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The traced threads, by their ids. */
#include "tracer.h"

#define CK_THREAD_BUCKETS 512U

struct ck_threads {
    struct ck_tracee *buckets[CK_THREAD_BUCKETS];
    unsigned count;
};

struct ck_tracee *ck_threads_find(struct ck_threads *threads, pid_t tid);

/* Returns NULL where there is no memory. It is taken to be a process until its pid is known to be another. */
struct ck_tracee *ck_threads_add(struct ck_threads *threads, pid_t tid);

/* It is not freed. */
void ck_threads_remove(struct ck_threads *threads, const struct ck_tracee *tracee);

/* It has another id from now on. */
void ck_threads_rename(struct ck_threads *threads, struct ck_tracee *tracee, pid_t tid);

/* Whether any thread of this process is there. */
bool ck_threads_has_process(const struct ck_threads *threads, pid_t pid);
