/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A traced thread's system calls, made in its name: the caller of a transaction (shim/hot/caller.h). */
#include "../../shim/hot/caller.h"
#include "../follow/inject.h"
#include "../proc/proc.h"

struct ck_remote {
    struct ck_caller caller; /* the first: a pointer to it is one to the whole */
    struct ck_injection injection;
    struct ck_proc proc; /* what /proc says of the thread */
    bool is_fresh;       /* no call has been made since it said that */
    uint64_t page;       /* in its memory, for capset's structures; 0 where there is none */
};

/* From within a listener's entry or leave, as ck_inject_begin. One of the four ends has to follow. */
int ck_remote_begin(struct ck_tracee *tracee, bool at_entry, struct ck_remote *ret_remote);

/*
 * The page stays mapped: whoever begins at the end of the same call puts it into its `page`. What could be mapped before
 * a change of user may not be afterwards (RLIMIT_MEMLOCK counts for MCL_FUTURE without CAP_IPC_LOCK).
 */
uint64_t ck_remote_take_page(struct ck_remote *remote);

void ck_remote_end_at_entry(struct ck_remote *remote);
void ck_remote_end_instead(struct ck_remote *remote, int64_t result);
void ck_remote_end_again(struct ck_remote *remote);
void ck_remote_end(struct ck_remote *remote);
