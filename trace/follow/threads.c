/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "threads.h"

#include <stdlib.h>

static struct ck_tracee **bucket_of(struct ck_threads *threads, pid_t tid)
{
    return &threads->buckets[(unsigned)tid % CK_THREAD_BUCKETS];
}

static void insert(struct ck_threads *threads, struct ck_tracee *tracee)
{
    struct ck_tracee **bucket = bucket_of(threads, tracee->tid);

    tracee->next = *bucket;
    *bucket = tracee;
    threads->count++;
}

struct ck_tracee *ck_threads_find(struct ck_threads *threads, pid_t tid)
{
    struct ck_tracee *tracee = *bucket_of(threads, tid);

    while (tracee != NULL && tracee->tid != tid)
        tracee = tracee->next;
    return tracee;
}

struct ck_tracee *ck_threads_add(struct ck_threads *threads, pid_t tid)
{
    struct ck_tracee *tracee = calloc(1, sizeof(*tracee));

    if (tracee == NULL)
        return NULL;
    tracee->tid = tracee->pid = tid;
    insert(threads, tracee);
    return tracee;
}

void ck_threads_remove(struct ck_threads *threads, const struct ck_tracee *tracee)
{
    struct ck_tracee **place = bucket_of(threads, tracee->tid);

    while (*place != tracee)
        place = &(*place)->next;
    *place = tracee->next;
    threads->count--;
}

void ck_threads_rename(struct ck_threads *threads, struct ck_tracee *tracee, pid_t tid)
{
    ck_threads_remove(threads, tracee);
    tracee->tid = tid;
    insert(threads, tracee);
}

bool ck_threads_has_process(const struct ck_threads *threads, pid_t pid)
{
    for (size_t i = 0; i < CK_THREAD_BUCKETS; i++) {
        for (const struct ck_tracee *tracee = threads->buckets[i]; tracee != NULL; tracee = tracee->next) {
            if (tracee->pid == pid)
                return true;
        }
    }
    return false;
}
