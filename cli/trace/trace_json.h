/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The events of a trace as JSON; the page for a browser holds the same. */
#include <json-c/json.h>

#include "trace_report.h"

/* `is_compact`: sets are hexadecimal numbers, and losses stand by rule, not by capability. */
struct json_object *ck_trace_json_event(const struct ck_trace_event *event, bool is_compact);
struct json_object *ck_trace_json_summary(const struct ck_trace_totals *totals, const char *suggestion);
