/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A case as the kernel sees it: a child puts itself into the state, makes the call, and tells what it is then. */
#include "compare_case.h"
#include "compare_draw.h"
#include "compare_userns.h"

struct compare_worker {
    const struct compare_limits *limits;
    unsigned number;
    const int *userns_fds;
    struct compare_report *report; /* shared with the children; also open as COMPARE_REPORT_FD */
};

/* Makes the shared memory. Returns 0 or -1. */
int compare_kernel_start(struct compare_worker *worker);

/* Returns NULL, or what went wrong before the kernel had its say. */
const char *compare_kernel_run(struct compare_worker *worker, const struct compare_case *the_case,
                               struct compare_report *ret_report);
