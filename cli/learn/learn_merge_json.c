/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "../../shim/core/capset.h"
#include "../common/json.h"
#include "../common/json_read.h"
#include "learn_merge.h"

static struct json_object *merged(const struct ck_learn_merger *merger)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < merger->count; i++) {
        const struct ck_learn_input *input = &merger->inputs[i];
        struct json_object *object = ck_json_object();

        ck_json_set(object, "file", ck_json_text(input->file));
        ck_json_set(object, "user", ck_json_text(input->user));
        ck_json_set(object, "command", input->command != NULL ? ck_json_share(input->command) : NULL);
        ck_json_set(object, "program", ck_json_text(input->program));
        ck_json_set(object, "kernel", ck_json_text(input->kernel));
        ck_json_set(object, "verdict", ck_json_text(input->verdict));
        ck_json_set(object, "set", ck_json_caps(input->set));
        ck_json_append(array, object);
    }
    return array;
}

/* What a result says of one of its members: its list of this name; NULL where there is none. */
static struct json_object *find_list(const struct ck_learn_input *input, unsigned cap, const char *key)
{
    struct json_object *members = ck_json_get(input->object, "members", json_type_array);

    for (size_t i = 0; i < ck_json_count(members); i++) {
        struct json_object *member = ck_json_at(members, i);
        int found = member != NULL ? ck_json_get_cap(member, "cap") : -1;

        if (found == (int)cap)
            return ck_json_get(member, key, json_type_array);
    }
    return NULL;
}

static bool holds(struct json_object *array, struct json_object *value)
{
    for (size_t i = 0; i < ck_json_count(array); i++) {
        if (ck_json_is_same(ck_json_at(array, i), value))
            return true;
    }
    return false;
}

static struct json_object *unite(const struct ck_learn_merger *merger, unsigned cap, const char *key)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < merger->count; i++) {
        struct json_object *list = find_list(&merger->inputs[i], cap, key);

        for (size_t j = 0; list != NULL && j < ck_json_count(list); j++) {
            struct json_object *value = ck_json_at(list, j);
            if (value != NULL && !holds(array, value))
                ck_json_append(array, ck_json_share(value));
        }
    }
    return array;
}

static struct json_object *member(const struct ck_learn_merger *merger, unsigned cap)
{
    struct json_object *object = ck_json_object();
    struct json_object *runs = ck_json_array();

    for (unsigned i = 0; i < merger->count; i++) {
        if (ck_learn_merge_has(&merger->inputs[i], cap))
            ck_json_append(runs, ck_json_text(merger->inputs[i].file));
    }
    ck_json_set(object, "cap", ck_json_cap(cap));
    ck_json_set(object, "files", runs);
    ck_json_set(object, "calls", unite(merger, cap, "calls"));
    ck_json_set(object, "instead", unite(merger, cap, "instead"));
    return object;
}

static struct json_object *members(const struct ck_learn_merger *merger)
{
    struct json_object *array = ck_json_array();

    for (uint64_t rest = merger->set; rest != 0;)
        ck_json_append(array, member(merger, ck_cap_take_lowest(&rest)));
    return array;
}

/* What is the same in all is what a result of learn says of itself; what is not is null, and stands in `merged`. */
void ck_learn_merge_json(FILE *out, const struct ck_learn_merger *merger)
{
    const struct ck_learn_input *first = merger->inputs;
    struct json_object *object = ck_json_object();

    ck_json_set(object, "version", ck_json_number(1));
    ck_json_set(object, "user", ck_json_text(merger->is_one_program ? first->user : NULL));
    ck_json_set(object, "command", merger->is_one_command ? ck_json_share(first->command) : NULL);
    ck_json_set(object, "program", ck_json_text(merger->is_one_program ? first->program : NULL));
    ck_json_set(object, "kernel", ck_json_text(merger->is_one_kernel ? first->kernel : NULL));
    ck_json_set(object, "merged", merged(merger));
    ck_json_set(object, "set", ck_json_caps(merger->set));
    ck_json_set(object, "verdict", ck_json_text(merger->is_proven ? "proven" : "not-proven"));
    ck_json_set(object, "members", members(merger));
    ck_json_print(object, out);
}
