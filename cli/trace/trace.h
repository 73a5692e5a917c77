/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep trace`. */
#include "../common/options.h"

enum ck_trace_option { CK_TRACE_FORMAT = 1, CK_TRACE_OUTPUT, CK_TRACE_PID, CK_TRACE_SUGGEST, CK_TRACE_FILTER };

extern const struct ck_verb ck_trace_table;
