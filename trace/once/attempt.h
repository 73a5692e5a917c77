/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * With what a call that was denied something is made again: one capability more at a time, the weakest first, then all that
 * it was denied; until its result is another one. Where that is an error still, for want of something that was not asked for
 * before, it goes on from there. Pure: nothing is known here of threads.
 */
#include <stdbool.h>
#include <stdint.h>

struct ck_attempt {
    unsigned (*weakest)(uint64_t mask); /* of the capabilities in a mask, which is not empty */
    uint64_t may_mask;                  /* what may be raised at all */
    int64_t result;                     /* that is to be bettered */
    uint64_t base_mask;                 /* with what it came about; empty at first */
    uint64_t denied_mask;               /* what it was denied since, and may be raised */
    uint64_t tried_mask;                /* of these, what has been tried by itself */
    bool has_tried_all;
    uint64_t raised_mask; /* with which the call is being made */
    uint64_t helped_mask; /* what it was granted of that, when its result became another; empty where it never did */
};

enum ck_attempt_verdict {
    CK_ATTEMPT_AGAIN,  /* the call is to be made again, with raised_mask */
    CK_ATTEMPT_HELPED, /* that is its result, for helped_mask */
    CK_ATTEMPT_VAIN,   /* nothing that it was denied changes its result */
};

/* Of a call that has ended with `result` after it was denied these. */
enum ck_attempt_verdict ck_attempt_begin(struct ck_attempt *attempt, int64_t result, uint64_t denied_mask);

/* Of the same call, made again. */
enum ck_attempt_verdict ck_attempt_judge(struct ck_attempt *attempt, int64_t result, uint64_t granted_mask,
                                         uint64_t denied_mask);
