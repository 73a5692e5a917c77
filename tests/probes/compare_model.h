/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A case as the model sees it. */
#include "../../model/rules.h"
#include "compare_case.h"
#include "compare_draw.h"

struct compare_expectation {
    struct compare_report report;
    bool met[CK_RULE_COUNT];   /* rules that had a part in it */
    const char *contradiction; /* between the outcome and the losses that the model tells for it; NULL where none */
};

void compare_model_run(const struct compare_limits *limits, const struct compare_case *the_case,
                       struct compare_expectation *ret_expectation);
