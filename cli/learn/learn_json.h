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

/*
 * An entry for each capability of `mask`, with the calls of the report that were granted, or denied, it; and with `result`
 * what would be better.
 */
struct json_object *ck_learn_json_members(const struct ck_learn_report *report, uint64_t mask, bool is_granted,
                                          const struct ck_learn_result *result);

/* A result, so far as it is told of any: who, what, and the runs that were made. */
struct json_object *ck_learn_json_start(const struct ck_learn_result *result);

/* The release of the kernel that runs. */
struct json_object *ck_learn_json_kernel(void);
