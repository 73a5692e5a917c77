/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "attempt.h"

#include "../../shim/core/capset.h"

/* What is left to try. */
static enum ck_attempt_verdict go_on(struct ck_attempt *attempt)
{
    uint64_t left_mask = attempt->denied_mask & ~attempt->tried_mask;
    bool is_more_than_one = (attempt->denied_mask & (attempt->denied_mask - 1)) != 0;

    if (left_mask != 0) {
        uint64_t bit = ck_cap_bit(attempt->weakest(left_mask));
        attempt->tried_mask |= bit;
        attempt->raised_mask = attempt->base_mask | bit;
        return CK_ATTEMPT_AGAIN;
    }
    if (is_more_than_one && !attempt->has_tried_all) {
        attempt->has_tried_all = true;
        attempt->raised_mask = attempt->base_mask | attempt->denied_mask;
        return CK_ATTEMPT_AGAIN;
    }
    attempt->raised_mask = 0;
    return attempt->helped_mask != 0 ? CK_ATTEMPT_HELPED : CK_ATTEMPT_VAIN;
}

enum ck_attempt_verdict ck_attempt_begin(struct ck_attempt *attempt, int64_t result, uint64_t denied_mask)
{
    attempt->result = result;
    attempt->base_mask = attempt->tried_mask = attempt->helped_mask = 0;
    attempt->denied_mask = denied_mask & attempt->may_mask;
    attempt->has_tried_all = false;
    return go_on(attempt);
}

enum ck_attempt_verdict ck_attempt_judge(struct ck_attempt *attempt, int64_t result, uint64_t granted_mask,
                                         uint64_t denied_mask)
{
    uint64_t new_mask = denied_mask & attempt->may_mask & ~attempt->raised_mask;

    if (result == attempt->result) {
        attempt->denied_mask |= new_mask;
        return go_on(attempt);
    }
    attempt->helped_mask = granted_mask & attempt->raised_mask;
    attempt->result = result;
    attempt->base_mask = attempt->raised_mask;
    attempt->denied_mask = result < 0 ? new_mask : 0;
    attempt->tried_mask = 0;
    attempt->has_tried_all = false;
    return go_on(attempt);
}
