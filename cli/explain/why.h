/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Why a capability does not arrive: the library's reason or the kernel's rule, where that is written, and what helps.
 * Pure.
 */
#include "../../model/rules.h"
#include "../../shim/core/decide.h"
#include "../../shim/core/text.h"

/* Reasons and rules under one number; and one of a running process: not held now, which is all that /proc tells. */
#define CK_WHY_NOT_HELD ((unsigned)CK_REASON_COUNT + CK_RULE_COUNT)
#define CK_WHY_COUNT (CK_WHY_NOT_HELD + 1)

static inline unsigned ck_why_reason(enum ck_reason reason)
{
    return (unsigned)reason;
}

static inline unsigned ck_why_rule(enum ck_kernel_rule rule)
{
    return CK_REASON_COUNT + (unsigned)rule;
}

/* What the remedy depends on. */
enum ck_why_state {
    CK_WHY_NO_POLICY,    /* there is no rule at all */
    CK_WHY_NO_RULE,      /* none of them matches */
    CK_WHY_OUT_OF_REACH, /* no library will see the launcher's calls */
    CK_WHY_RULE,         /* a rule matches */
    CK_WHY_LAUNCHER,     /* it is of a process that is a launcher itself */
    CK_WHY_STATE_COUNT,
};

struct ck_why_case {
    uint64_t caps_mask;
    const char *file; /* the one whose facts count: of a script its interpreter */
    bool is_bounding; /* all of them are in the bounding set */
    enum ck_why_state state;
};

struct ck_why {
    const char *code; /* never changes; scripts may compare it */
    const char *text;
    const char *call;  /* at which it happens in a launch, where the rule says so; else NULL */
    char section[128]; /* "capabilities(7): Thread capability sets" */
    char remedy[1024]; /* half a line; a very long path is cut */
};

/* Of a reason without a remedy of its own the section and the remedy are "". */
void ck_why_describe(unsigned why, const struct ck_why_case *the_case, struct ck_why *ret_why);
