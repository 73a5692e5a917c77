/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What the contract says of a case (C1, C2, C5, C6, C7), in a few lines of sets, and independent of the library: from
 * the state before each call, what the call does without the library, and the rules as they were drawn.
 */
#include "invariants_run.h"

/* Returns NULL, or the sentence that does not hold, of step *ret_step. `log` is what the library said. */
const char *invariants_judge(const struct invariants_limits *limits, const struct invariants_case *the_case,
                             const struct invariants_record *record, const char *log, uint64_t *ret_step);
