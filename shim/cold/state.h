/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* All that the wrappers read: filled once by the constructor, then sealed read-only. */
#include <limits.h>

#include "../../model/kernel.h"
#include "../core/environ_rewrite.h"
#include "../core/page.h"
#include "../core/policy.h"
#include "../core/policy_match.h"
#include "../core/put_back.h"
#include "../hot/emit.h"

#define CK_REAL_MAX 32U

/*
 * A process touches one page of it, as a rule: behind the path of the log, which few have, comes what is set, and behind
 * that the first of the texts.
 */
struct ck_state {
    struct ck_log log;
    void *real[CK_REAL_MAX]; /* the C library's functions behind the wrappers: entry/real.h knows which is which */
    bool ready;              /* a wrapper need not ask how far the constructor is */
    bool secure;             /* AT_SECURE: the environment is a user's */
    bool armed;        /* there is a policy and something that it can keep; else every wrapper is a plain tail call */
    bool glibc;        /* signal 33 is glibc's setxid signal; musl uses that number for something else */
    bool is_installed; /* the policy is that of the installed files */
    bool is_foreign;   /* no rule is for this launcher: its own changes are none of ours */
    struct ck_kernel kernel;
    uint64_t held_mask;     /* what was permitted when the process started */
    const char *executable; /* of this process, for a script its interpreter; or else the name that was executed */
    bool is_executable_known;
    const char *library;    /* the file of this library; NULL where the loader does not tell */
    const char *supervisor; /* the capkeep command through which what is out of reach is executed; NULL for none */
    const struct ck_policy *policy; /* NULL where there is no rule */
    struct ck_carry carry;
    const char *carried[CK_CARRY_MAX]; /* carry.vars */
    struct ck_put_back put_back; /* the library was put back into the environment when this process was executed so */
    size_t text_size;
    char text[CK_CARRY_BYTES + (size_t)4 * PATH_MAX]; /* the strings that the pointers above lead to */
};

/* Where something can be kept, read only after ck_init(): a write from anywhere crashes. */
extern struct ck_sealed {
    struct ck_state state;
} __attribute__((aligned(CK_PAGE_MAX))) ck_sealed;

/*
 * How far the constructor is. Apart from the state, in a page that ld.so writes to anyway: where nothing can call a wrapper
 * this is all that is written, and the state's own page is not touched. Sealed as that is.
 */
extern struct ck_progress {
    bool looked_up; /* ck_sealed.state.real is filled */
    bool started;   /* ck_init runs, or has run */
} ck_progress;

/* What is known before. */
struct ck_start {
    bool glibc;          /* the C library of this process */
    bool is_wanted;      /* something may call a wrapper */
    bool is_command;     /* this is the capkeep command */
    const char *library; /* the file of this library, as the loader names it; NULL or empty where it does not */
};

/*
 * Loads and seals, once. What is looked up meanwhile may call the wrapped functions (libnss_systemd calls prctl): until
 * all is ready they find a state that is not armed.
 */
void ck_init(const struct ck_start *start);
