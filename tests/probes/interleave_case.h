/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What `interleave` puts together: an outer operation, an inner one in the middle of it, and a policy. */
#include <stdbool.h>
#include <stdint.h>

#include "interleave_record.h"

/* Three users: what the outer operation changes to, the inner one, and what comes when all is over. */
enum { OUTER_UID = 65534, INNER_UID = 65533, LATER_UID = 65532 };

/* What the outer operation begins as. */
enum interleave_begin { BEGIN_ROOT, BEGIN_AWAY, BEGIN_DROPPED, BEGIN_KEEPCAPS };

enum interleave_outer {
    OUTER_SETUID,
    OUTER_SETEUID,
    OUTER_SETREUID,
    OUTER_SETRESUID,
    OUTER_SYS_SETRESUID,
    OUTER_SETEUID_BACK,
    OUTER_SETRESUID_BACK,
    OUTER_SETEUID_UP,
    OUTER_SETREUID_SETEUID,
    OUTER_KEEPCAPS_SETUID,
    OUTER_KEEPCAPS_SET,
    OUTER_KEEPCAPS_CLEAR,
    OUTER_CAPSET,
    OUTER_BOUNDING_DROP,
    OUTER_ROOT_EXEC,
    OUTER_ROOT_SPAWN,
    OUTER_ROOT_SYSTEM,
    OUTER_EXEC,
    OUTER_EXEC_MISSING,
    OUTER_SPAWN,
    OUTER_SYSTEM,
    OUTER_POPEN,
    OUTER_DROPPED_CAPSET,
    OUTER_AMBIENT_CLEAR,
    OUTER_COUNT
};

enum interleave_inner {
    INNER_DROP,
    INNER_DROP_SAME,
    INNER_BACK,
    INNER_AWAY,
    INNER_EXEC,
    INNER_FORK,
    INNER_FORK_DROP,
    INNER_FORK_ON,
    INNER_VFORK,
    INNER_SPAWN,
    INNER_KEEPCAPS_SET,
    INNER_KEEPCAPS_CLEAR,
    INNER_KEEPCAPS_GET,
    INNER_CAPSET,
    INNER_JUMP,
    INNER_DROP_JUMP,
    INNER_COUNT
};

enum { POLICY_VARIABLES_MAX = 5 };

struct interleave_policy {
    const char *name;
    const char *variables[POLICY_VARIABLES_MAX]; /* %s is the directory of the programs */
    uint64_t keep_mask;
    uint64_t uid;       /* 0 for any */
    bool waits;         /* for a program */
    bool is_in_short;   /* also without --long with all inner operations */
    bool is_in_threads; /* and for threads with some */
};

struct interleave_outer_row {
    const char *name;
    enum interleave_begin begin;
    int steps;
    bool replaces; /* the last step executes a program */
};

struct interleave_case {
    const struct interleave_policy *policy;
    enum interleave_outer outer;
    enum interleave_inner inner;
    bool by_thread; /* the inner operation is a second thread's; else a signal handler's */
};

extern const struct interleave_policy interleave_policies[];
extern const unsigned interleave_policy_count;
extern const struct interleave_outer_row interleave_outers[OUTER_COUNT];
extern const char *const interleave_inners[INNER_COUNT];

/* The calls that the inner operation consists of: another thread's come between them. */
int interleave_inner_steps(enum interleave_inner inner);

/* Whether that has a meaning, and the C library alone a result that is known. */
bool interleave_makes_sense(const struct interleave_case *the_case);

/* The handler does not return: the process executes something, or jumps out of it. */
bool interleave_leaves_outer(enum interleave_inner inner);

/* What the rules give a thread with this effective uid. */
uint64_t interleave_keep_mask(const struct interleave_policy *policy, uint64_t uid);
