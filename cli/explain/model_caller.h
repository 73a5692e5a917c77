/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A caller (shim/hot/caller.h) whose calls the model answers instead of the kernel: what the library would do is done, by
 * the library's own code, to a thread that is a value. For `explain`, and for tests that need no privilege.
 */
#include "../../model/creds.h"
#include "../../model/kernel.h"
#include "../../shim/hot/caller.h"

/* The calls that change something. */
enum ck_made_kind {
    CK_MADE_CAPSET,
    CK_MADE_AMBIENT_RAISE,
    CK_MADE_AMBIENT_LOWER,
    CK_MADE_BOUNDING_DROP,
    CK_MADE_NO_NEW_PRIVS,
    CK_MADE_KEEP_CAPS,
};

struct ck_made_call {
    enum ck_made_kind kind;
    unsigned arg;          /* the capability, or the value */
    struct ck_capset caps; /* of capset */
};

/* Each capability is raised once and dropped from the bounding set once at most; then a few more. */
#define CK_MADE_MAX (2 * CK_CAPS_MAX + 16)

struct ck_made_calls {
    unsigned count;
    struct ck_made_call calls[CK_MADE_MAX];
};

struct ck_model_caller {
    struct ck_caller caller;
    const struct ck_kernel *kernel;
    struct ck_thread *thread;   /* as the calls leave it */
    struct ck_made_calls *made; /* they are added here; NULL for nowhere */
};

struct ck_model_caller ck_model_caller_new(const struct ck_kernel *kernel, struct ck_thread *thread,
                                           struct ck_made_calls *made);
