/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../common/json.h"
#include "learn_json.h"
#include "learn_once.h"

static const char *reason(enum ck_once_word made)
{
    switch (made) {
    case CK_ONCE_SURE:
        return "made-sure";
    case CK_ONCE_GREAT:
        return "whole-machine";
    case CK_ONCE_LACKING:
        return "not-permitted";
    case CK_ONCE_HINDERED:
        return "hindered";
    default:
        return NULL;
    }
}

static struct json_object *not_repeated(const struct ck_learn_report *report)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < report->call_count; i++) {
        const struct ck_learn_call *call = &report->calls[i];
        if (reason(call->made) == NULL)
            continue;
        struct json_object *object = ck_learn_json_call(call, call->error, call->count);
        ck_json_set(object, "caps", ck_json_caps(call->denied_mask));
        ck_json_set(object, "why", ck_json_text(reason(call->made)));
        ck_json_append(array, object);
    }
    return array;
}

void ck_learn_once_json(FILE *out, const struct ck_learn_result *result)
{
    const struct ck_learn_report *report = result->last;
    struct json_object *object = ck_learn_json_start(result);

    ck_json_set(object, "set", NULL);
    ck_json_set(object, "named", ck_json_caps(report->seen.granted_mask));
    ck_json_set(object, "verdict", ck_json_text("not-proven"));
    ck_json_set(object, "members", ck_learn_json_members(report, report->seen.granted_mask, true, result));
    ck_json_set(object, "denied", ck_learn_json_members(report, report->seen.denied_mask, false, NULL));
    ck_json_set(object, "not_repeated", not_repeated(report));
    ck_json_set(object, "looks_at_capabilities", ck_json_bool(report->has_asked_caps));
    ck_json_set(object, "kept_effective", ck_json_bool(report->is_hindered));
    ck_json_set(object, "traces_itself", ck_json_bool(report->has_rival));
    ck_json_set(object, "left", ck_json_number(report->left));
    ck_json_set(object, "in_passing", ck_json_caps(report->passing_mask));
    ck_json_set(object, "exact", ck_json_bool(report->seen.is_exact));
    ck_json_set(object, "lost", ck_json_bool(report->seen.has_lost));
    ck_json_set(object, "full", ck_json_bool(report->is_full));
    ck_json_print(object, out);
}
