/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Several results of `learn` in one: other options, other paths through the program. Nothing is run. */
#include <json-c/json.h>
#include <stdio.h>

#include "learn.h"

/* What one file says. The texts are its object's. */
struct ck_learn_input {
    const char *file; /* as it was named */
    struct json_object *object;
    const char *user; /* these NULL where it does not say: a merger of what differs */
    const char *program;
    const char *kernel;
    struct json_object *command;
    const char *verdict;
    uint64_t set; /* 0 where there is none */
    bool is_proven;
};

struct ck_learn_merger {
    unsigned count;
    struct ck_learn_input *inputs;
    uint64_t set; /* of all of them */
    bool is_proven;
    bool is_one_program; /* and one user: one rule can name them */
    bool is_one_command;
    bool is_one_kernel;
};

/* Returns 0, or an exit status with the reason on stderr. The merger lasts as long as the process. */
int ck_learn_merge_read(const struct ck_learn_options *options, struct ck_learn_merger *ret_merger);

/* Whether this one names the capability. */
bool ck_learn_merge_has(const struct ck_learn_input *input, unsigned cap);

void ck_learn_merge_text(FILE *out, const struct ck_learn_merger *merger);
void ck_learn_merge_json(FILE *out, const struct ck_learn_merger *merger);
