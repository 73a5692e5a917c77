/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What came of a case with the operations one in the other, held against what comes of them one after the other. */
#include <stdbool.h>
#include <stddef.h>

#include "interleave_case.h"

enum interleave_kind {
    KIND_HOLDS,
    KIND_HANGS,
    KIND_KILLED,
    KIND_NO_RULE,        /* capabilities at a user's uid, where no rule gives any */
    KIND_MORE_THAN_RULE, /* more than a rule gives */
    KIND_CHILD,          /* in a child forked in the middle */
    KIND_ROOT_POWERLESS,
    KIND_THREADS_DIFFER,
    KIND_PROGRAM_LESS,
    KIND_PROGRAM_OTHER,
    KIND_KEEPCAPS,
    KIND_KEEPCAPS_ANSWER,
    KIND_SETS, /* other sets at the end than in either order */
    KIND_SIGNAL_MASK,
    KIND_ENVIRON,
    KIND_RESULT,
    KIND_COUNT
};

enum { INTERLEAVE_DETAIL_MAX = 400, INTERLEAVE_ORDERS_MAX = 8 };

extern const char *const interleave_kinds[KIND_COUNT];

/* What must hold of every result, also where nothing overlapped. */
enum interleave_kind interleave_judge_alone(const struct interleave_case *the_case,
                                            const struct interleave_record *record,
                                            char ret_detail[INTERLEAVE_DETAIL_MAX]);

/* And it has to be one of the results in `orders`. */
enum interleave_kind interleave_judge(const struct interleave_case *the_case, const struct interleave_record *record,
                                      const struct interleave_record *orders, size_t count,
                                      char ret_detail[INTERLEAVE_DETAIL_MAX]);

/* All that is not 0, a line each. */
void interleave_print_record(const struct interleave_record *record);
