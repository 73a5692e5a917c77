/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_json.h"

#include <string.h>
#include <sys/utsname.h>

#include "../../shim/core/capset.h"
#include "../common/json.h"
#include "../common/suggestion.h"

struct json_object *ck_learn_json_words(char *const words[])
{
    struct json_object *array = ck_json_array();

    for (; *words != NULL; words++)
        ck_json_append(array, ck_json_text(*words));
    return array;
}

struct json_object *ck_learn_json_call(const struct ck_learn_call *call, int error, unsigned count)
{
    struct json_object *object = ck_json_object();

    ck_json_set(object, "call", ck_json_text(call->call));
    ck_json_set(object, "error", error != 0 ? ck_json_text(strerrorname_np(error)) : NULL);
    ck_json_set(object, "object", call->object[0] != '\0' ? ck_json_text(call->object) : NULL);
    ck_json_set(object, "comm", ck_json_text(call->comm));
    ck_json_set(object, "program", ck_json_text(call->program));
    ck_json_set(object, "count", ck_json_number(count));
    return object;
}

struct json_object *ck_learn_json_kernel(void)
{
    struct utsname system;

    return uname(&system) == 0 ? ck_json_text(system.release) : NULL;
}

static struct json_object *runs(const struct ck_learn_result *result)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < result->run_count; i++) {
        const struct ck_learn_past *past = &result->runs[i];
        struct json_object *object = ck_json_object();

        ck_json_set(object, "set", ck_json_caps(past->run.set));
        ck_json_set(object, "observed", ck_json_bool(past->run.is_observed));
        ck_json_set(object, "told_root", ck_json_bool(past->run.is_told_root));
        ck_json_set(object, "status", ck_json_number(past->outcome.status));
        ck_json_set(object, "timed_out", ck_json_bool(past->outcome.has_timed_out));
        ck_json_set(object, "passed", ck_json_bool(past->outcome.has_passed));
        ck_json_set(object, "seconds", ck_json_seconds(past->outcome.seconds, 3));
        ck_json_append(array, object);
    }
    return array;
}

static struct json_object *calls_of(const struct ck_learn_report *report, unsigned cap, bool is_granted)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < report->call_count; i++) {
        const struct ck_learn_call *call = &report->calls[i];
        if (((is_granted ? call->granted_mask : call->denied_mask) & ck_cap_bit(cap)) == 0)
            continue;
        struct json_object *object = ck_learn_json_call(call, call->error, call->count);
        if (call->made == CK_ONCE_HELPED)
            ck_json_set(object, "error_with",
                        call->error_with != 0 ? ck_json_text(strerrorname_np(call->error_with)) : NULL);
        ck_json_append(array, object);
    }
    return array;
}

static struct json_object *instead(const struct ck_learn_result *result, unsigned cap)
{
    char lines[CK_LEARN_INSTEAD_MAX][CK_LEARN_INSTEAD_SIZE];
    unsigned count = ck_learn_instead(result, cap, lines);
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < count; i++)
        ck_json_append(array, ck_json_text(lines[i]));
    return array;
}

struct json_object *ck_learn_json_members(const struct ck_learn_report *report, uint64_t mask, bool is_granted,
                                          const struct ck_learn_result *result)
{
    struct json_object *array = ck_json_array();

    while (mask != 0) {
        struct json_object *object = ck_json_object();
        unsigned cap = ck_cap_take_lowest(&mask);

        ck_json_set(object, "cap", ck_json_cap(cap));
        ck_json_set(object, "calls", calls_of(report, cap, is_granted));
        ck_json_set(object, "instead", result != NULL ? instead(result, cap) : ck_json_array());
        ck_json_append(array, object);
    }
    return array;
}

static struct json_object *member(const struct ck_learn_result *result, unsigned cap)
{
    struct ck_learn_evidence evidence[CK_LEARN_EVIDENCE_MAX];
    unsigned count = ck_learn_evidence(result, cap, evidence);
    struct json_object *object = ck_json_object();
    struct json_object *calls = ck_json_array();

    for (unsigned i = 0; i < count; i++)
        ck_json_append(calls, ck_learn_json_call(evidence[i].call, evidence[i].error, evidence[i].count));
    ck_json_set(object, "cap", ck_json_cap(cap));
    ck_json_set(object, "calls", calls);
    ck_json_set(object, "instead", instead(result, cap));
    return object;
}

static struct json_object *members(const struct ck_learn_result *result, uint64_t set)
{
    struct json_object *array = ck_json_array();

    while (set != 0)
        ck_json_append(array, member(result, ck_cap_take_lowest(&set)));
    return array;
}

static struct json_object *reasons(const struct ck_learn_result *result)
{
    char reason[CK_LEARN_REASON_SIZE];
    struct json_object *array = ck_json_array();

    if (result->answer.verdict == CK_LEARN_NOT_ENOUGH && ck_learn_reason(result, reason))
        ck_json_append(array, ck_json_text(reason));
    return array;
}

/* Every minimal one, with --all. */
static struct json_object *sets(const struct ck_learn_answer *answer)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < answer->set_count; i++)
        ck_json_append(array, ck_json_caps(answer->sets[i]));
    return array;
}

static const char *verdict_name(const struct ck_learn_result *result, int signal)
{
    static const char *const names[] = {
        [CK_LEARN_PROVEN] = "proven", [CK_LEARN_NOT_ENOUGH] = "not-enough", [CK_LEARN_UNSTEADY] = "unsteady"};

    return signal != 0 ? "not-proven" : names[result->answer.verdict];
}

struct json_object *ck_learn_json_start(const struct ck_learn_result *result)
{
    const struct ck_learn_options *options = result->options;
    struct json_object *object = ck_json_object();

    ck_json_set(object, "version", ck_json_number(1));
    ck_json_set(object, "user", ck_json_text(ck_suggestion_user(options->account.uid)));
    ck_json_set(object, "command", ck_learn_json_words(options->command));
    ck_json_set(object, "program", ck_json_text(result->program));
    ck_json_set(object, "kernel", ck_learn_json_kernel());
    ck_json_set(object, "check", ck_json_text(options->check));
    ck_json_set(object, "runs", runs(result));
    return object;
}

void ck_learn_json(FILE *out, const struct ck_learn_result *result)
{
    const struct ck_learn_answer *answer = &result->answer;
    int signal = ck_learn_run_signal();
    bool is_proven = signal == 0 && answer->verdict == CK_LEARN_PROVEN;
    struct json_object *object = ck_learn_json_start(result);

    ck_json_set(object, "set", is_proven ? ck_json_caps(answer->set) : NULL);
    if (result->options->all)
        ck_json_set(object, "sets", sets(answer));
    ck_json_set(object, "verdict", ck_json_text(verdict_name(result, signal)));
    ck_json_set(object, "members", members(result, is_proven ? answer->set : 0));
    ck_json_set(object, "not_needed", ck_json_caps(is_proven ? ck_learn_not_needed(result) : 0));
    ck_json_set(object, "in_passing", ck_json_caps(result->last->passing_mask));
    ck_json_set(object, "reasons", reasons(result));
    ck_json_set(object, "exact", ck_json_bool(result->last->seen.is_exact));
    ck_json_print(object, out);
}
