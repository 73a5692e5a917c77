/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_merge.h"

#include <stdlib.h>
#include <string.h>

#include "../../shim/core/capset.h"
#include "../common/exit.h"
#include "../common/json_read.h"

/* A name that a line of a policy can hold. */
static bool is_word(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7f)
            return false;
    }
    return *text != '\0';
}

static bool is_words(struct json_object *array)
{
    for (size_t i = 0; i < ck_json_count(array); i++) {
        if (ck_json_text_at(array, i) == NULL)
            return false;
    }
    return ck_json_count(array) > 0;
}

/* A single run (--once) proves no set, and names one. */
static bool take_named(struct json_object *object, struct ck_learn_input *input)
{
    return input->is_proven || ck_json_get_caps(object, "named", &input->set) ||
           ck_json_get(object, "named", json_type_array) == NULL;
}

/* Returns NULL, or what is missing of a result of learn. */
static const char *take_over(struct json_object *object, struct ck_learn_input *input)
{
    input->object = object;
    input->user = ck_json_get_text(object, "user");
    input->program = ck_json_get_text(object, "program");
    input->kernel = ck_json_get_text(object, "kernel");
    input->command = ck_json_get(object, "command", json_type_array);
    input->verdict = ck_json_get_text(object, "verdict");
    if (input->verdict == NULL)
        return "a verdict";
    if (ck_json_get(object, "members", json_type_array) == NULL)
        return "members";
    input->is_proven = strcmp(input->verdict, "proven") == 0;
    if (!ck_json_get_caps(object, "set", &input->set) &&
        (input->is_proven || ck_json_get(object, "set", json_type_array) != NULL))
        return "a set";
    if (!take_named(object, input))
        return "a set that is named";
    if (input->user != NULL && !is_word(input->user))
        return "a user";
    if (input->command != NULL && !is_words(input->command))
        return "a command";
    return NULL;
}

static int read_input(const char *file, struct ck_learn_input *ret_input)
{
    const char *why;
    struct json_object *object = ck_json_read(file, &why);

    *ret_input = (struct ck_learn_input){.file = file};
    if (object == NULL)
        return ck_fail("learn", "%s: %s", file, why);
    const char *missing = take_over(object, ret_input);
    if (missing != NULL)
        return ck_fail("learn", "%s: no result of `learn --format json`: it has not got %s", file, missing);
    return 0;
}

static bool is_same(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

static bool is_same_command(struct json_object *one, struct json_object *other)
{
    if (one == NULL || other == NULL || ck_json_count(one) != ck_json_count(other))
        return false;
    for (size_t i = 0; i < ck_json_count(one); i++) {
        if (strcmp(ck_json_text_at(one, i), ck_json_text_at(other, i)) != 0)
            return false;
    }
    return true;
}

static void judge(struct ck_learn_merger *merger)
{
    const struct ck_learn_input *first = merger->inputs;

    merger->is_proven = merger->is_one_program = merger->is_one_command = merger->is_one_kernel = true;
    for (unsigned i = 0; i < merger->count; i++) {
        const struct ck_learn_input *input = &merger->inputs[i];

        merger->set |= input->set;
        merger->is_proven &= input->is_proven;
        merger->is_one_program &= is_same(first->program, input->program) && is_same(first->user, input->user);
        merger->is_one_command &= is_same_command(first->command, input->command);
        merger->is_one_kernel &= is_same(first->kernel, input->kernel);
    }
}

int ck_learn_merge_read(const struct ck_learn_options *options, struct ck_learn_merger *ret_merger)
{
    int status = 0;

    *ret_merger = (struct ck_learn_merger){.count = 1}; /* --merge has a file at least */
    while (options->command[ret_merger->count] != NULL)
        ret_merger->count++;
    ret_merger->inputs = ck_memory(calloc(ret_merger->count, sizeof(*ret_merger->inputs)));
    for (unsigned i = 0; status == 0 && i < ret_merger->count; i++)
        status = read_input(options->command[i], &ret_merger->inputs[i]);
    if (status == 0)
        judge(ret_merger);
    return status;
}

bool ck_learn_merge_has(const struct ck_learn_input *input, unsigned cap)
{
    return (input->set & ck_cap_bit(cap)) != 0;
}
