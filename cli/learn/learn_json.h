/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The parts of the JSON of `learn` that its forms have in common. */
#include <json-c/json.h>

#include "learn_result.h"

/* A command line. */
struct json_object *ck_learn_json_words(char *const words[]);

/* A call, so many times; `error` is 0 where it has none. */
struct json_object *ck_learn_json_call(const struct ck_learn_call *call, int error, unsigned count);

/* The calls of a report that were granted, or denied, a capability. */
struct json_object *ck_learn_json_calls(const struct ck_learn_report *report, unsigned cap, bool is_granted);

/* The runs that were made. */
struct json_object *ck_learn_json_runs(const struct ck_learn_result *result);

/* What would be better than a member of the set. */
struct json_object *ck_learn_json_instead(const struct ck_learn_result *result, unsigned cap);

/* The release of the kernel that runs. */
struct json_object *ck_learn_json_kernel(void);
