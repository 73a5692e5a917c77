/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What is known of a thread, as it was at the last look. */
#include "places.h"
#include "predict.h"
#include "shared.h"

#define CK_PATH_SIZE 4096

struct ck_known {
    pid_t ppid;
    char comm[64];
    struct ck_thread thread; /* its groups point into the next */
    struct ck_shared *groups;
    struct ck_shared *exe;
    struct ck_shared *asked; /* for which file an exec was asked */
    struct ck_places places;
    const char *launcher; /* the executable that has left user ID 0, here or in whoever made this; or NULL */
    unsigned depth;
    bool is_here;       /* in our own user namespace */
    bool is_raised;     /* its program is root, set-ID, or has its own by its file: ambient ones have not reached it */
    bool is_setid;      /* its program became root by its set-user-ID bit */
    uint64_t told_mask; /* what its program has used, and that is told */
    /* Of the call that it is in. */
    struct ck_call_memory memory;
    uint64_t denied_mask;
    uint64_t refused_mask;   /* the same, with what is asked for in passing */
    uint64_t used_mask;      /* what it was found to have */
    uint64_t here_mask;      /* of both, what was asked for over our own user namespace */
    uint64_t had_mask;       /* what was effective when it began */
    unsigned denied_cap;     /* of those denied, the one for want of which it fails, if it fails */
    unsigned overflow_count; /* of the session, at its beginning */
};

/* Returns NULL where there is no memory. With `parent`, it is what that is. */
struct ck_known *ck_known_new(const struct ck_known *parent);
void ck_known_free(struct ck_known *known);

/* Takes over what /proc has told. */
void ck_known_set(struct ck_known *known, const struct ck_proc *proc);

/* "?" and "" where that is not known. */
const char *ck_known_exe(const struct ck_known *known);
const char *ck_known_asked(const struct ck_known *known);

/* A path by which we get at the file that its exec was asked for. */
void ck_known_place(const struct ck_known *known, pid_t pid, char *ret_path, size_t size);
