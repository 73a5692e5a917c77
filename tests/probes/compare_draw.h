/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Cases by chance: any case is drawn from the seed and its number alone. */
#include "../../model/kernel.h"
#include "compare_case.h"

struct compare_limits {
    struct ck_kernel kernel;
    uint64_t held_mask; /* what kernel_compare itself holds; below its own user namespace everything is to be had */
    bool has_odd_files;
};

void compare_draw(const struct compare_limits *limits, uint64_t seed, uint64_t number, struct compare_case *ret_case);
