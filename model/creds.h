/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A thread, as far as the capability rules look at it, and what a call makes of it. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../shim/core/capset.h"
#include "id_map.h"
#include "losses.h"

/* Ids are numbered as the observer sees them (id_map.h); capabilities are over the thread's own user namespace. */
struct ck_thread {
    struct ck_uids uids;
    uid_t fsuid;
    struct ck_gids gids;
    gid_t fsgid;
    const gid_t *groups; /* supplementary */
    unsigned group_count;
    struct ck_capset caps;
    uint32_t securebits;
    bool no_new_privs;
    const struct ck_userns *userns;
    bool threaded;  /* its process has more threads */
    bool shares_fs; /* a process cloned with CLONE_FS shares its root and working directory */
    bool chrooted;  /* its root is not that of its mount namespace */
    bool traced;    /* by one without CAP_SYS_PTRACE when it attached; a tracer with it changes nothing */
};

/* What a call that succeeds leaves behind. A call that fails, with -errno, changes nothing and fills in nothing. */
struct ck_outcome {
    struct ck_thread after;
    struct ck_losses losses;
};

/* ns_capable in the thread's own user namespace. */
static inline bool ck_thread_capable(const struct ck_thread *thread, unsigned cap)
{
    return (thread->caps.effective & ck_cap_bit(cap)) != 0;
}
