/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace_json.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "../common/json.h"

/* Sets as hexadecimal numbers, as /proc has them, in the place of lists of names: for the page, which is large enough. */
static bool compact;

/* --- pieces */

static struct json_object *caps_value(uint64_t mask)
{
    char hex[20];

    if (!compact)
        return ck_json_caps(mask);
    (void)snprintf(hex, sizeof(hex), "%" PRIx64, mask); /* it fits */
    return ck_json_text(hex);
}

static struct json_object *caps_object(const struct ck_capset *caps)
{
    struct json_object *object;

    if (!compact)
        return ck_json_capset(caps);
    object = ck_json_object();
    ck_json_set(object, "permitted", caps_value(caps->permitted));
    ck_json_set(object, "effective", caps_value(caps->effective));
    ck_json_set(object, "inheritable", caps_value(caps->inheritable));
    ck_json_set(object, "ambient", caps_value(caps->ambient));
    ck_json_set(object, "bounding", caps_value(caps->bounding));
    return object;
}

/* `before` is NULL in what changes nothing. */
static struct json_object *before_and_after(struct json_object *before, struct json_object *after)
{
    struct json_object *object = ck_json_object();

    if (before != NULL)
        ck_json_set(object, "before", before);
    ck_json_set(object, "after", after);
    return object;
}

static void add_lost(struct json_object *array, const struct ck_capset *lost, const struct ck_rule_info *rule)
{
    uint64_t mask = lost->permitted | lost->effective | lost->inheritable | lost->ambient | lost->bounding;
    const char *code = rule != NULL ? rule->code : NULL;
    const char *text = rule != NULL ? rule->text : NULL;

    if (compact && mask != 0) {
        struct json_object *object = caps_object(lost);
        ck_json_set(object, "rule", ck_json_text(code));
        ck_json_set(object, "text", ck_json_text(text));
        ck_json_append(array, object);
        return;
    }
    while (mask != 0)
        ck_json_append(array, ck_json_lost(lost, ck_cap_take_lowest(&mask), code, text));
}

static struct json_object *lost_array(const struct ck_trace_event *event)
{
    struct json_object *array = ck_json_array();

    for (int rule = 0; rule < CK_RULE_COUNT; rule++)
        add_lost(array, &event->losses.by_rule[rule], ck_rule_describe((enum ck_kernel_rule)rule));
    add_lost(array, &event->unexplained, NULL);
    return array;
}

static const char *kind_name(enum ck_trace_kind kind)
{
    static const char *const names[] = {
        [CK_TRACE_START] = "start",
        [CK_TRACE_CREDENTIAL] = "credential-change",
        [CK_TRACE_CAPABILITY] = "capability-change",
        [CK_TRACE_EXEC] = "exec",
        [CK_TRACE_DENIED] = "denied",
        [CK_TRACE_REFUSED] = "refused",
        [CK_TRACE_USED] = "used",
        [CK_TRACE_EXIT] = "exit",
    };

    return names[kind];
}

/* --- events */

static void add_state(struct json_object *object, const struct ck_thread *before, const struct ck_thread *after)
{
    ck_json_set(object, "uid",
                before_and_after(
                    before != NULL ? ck_json_ids(before->uids.real, before->uids.effective, before->uids.saved) : NULL,
                    ck_json_ids(after->uids.real, after->uids.effective, after->uids.saved)));
    ck_json_set(object, "caps",
                before_and_after(before != NULL ? caps_object(&before->caps) : NULL, caps_object(&after->caps)));
}

static void add_change(struct json_object *object, const struct ck_trace_event *event)
{
    const struct ck_thread *before = event->before;
    const struct ck_thread *after = event->after;

    add_state(object, before, after);
    ck_json_set(object, "securebits",
                before_and_after(ck_json_number(before->securebits), ck_json_number(after->securebits)));
    ck_json_set(object, "no_new_privs",
                before_and_after(ck_json_bool(before->no_new_privs), ck_json_bool(after->no_new_privs)));
    ck_json_set(object, "lost", lost_array(event));
    if (event->leaves_here)
        ck_json_set(object, "enters_userns", ck_json_bool(true));
    if (event->disagrees)
        ck_json_set(object, "model", caps_object(&event->predicted));
}

static void add_exec(struct json_object *object, const struct ck_trace_event *event)
{
    ck_json_set(object, "by", ck_json_text(event->former_comm));
    ck_json_set(object, "file", ck_json_text(event->script));
    ck_json_set(object, "program", ck_json_text(event->program));
    ck_json_set(object, "secure", ck_json_bool(event->secure));
}

static struct json_object *place_object(const struct ck_loss_place *place)
{
    struct json_object *object;

    if (!place->is_valid)
        return NULL;
    object = ck_json_object();
    ck_json_set(object, "pid", ck_json_number(place->pid));
    ck_json_set(object, "comm", ck_json_text(place->comm));
    ck_json_set(object, "call", ck_json_text(place->call));
    ck_json_set(object, "rule",
                place->rule != CK_RULE_COUNT ? ck_json_text(ck_rule_describe(place->rule)->code) : NULL);
    return object;
}

static void add_denied(struct json_object *object, const struct ck_trace_event *event)
{
    static const char *const held[] = {
        [CK_HELD_PERMITTED] = "permitted",
        [CK_HELD_NAMESPACE] = "namespace",
    };
    const char *error = strerrorname_np(event->error);

    add_state(object, NULL, event->after);
    ck_json_set(object, "object", event->object[0] != '\0' ? ck_json_text(event->object) : NULL);
    ck_json_set(object, "cap", ck_json_cap(event->cap));
    ck_json_set(object, "also", caps_value(event->also_mask));
    ck_json_set(object, "error", error != NULL ? ck_json_text(error) : ck_json_number(event->error));
    ck_json_set(object, "exact", ck_json_bool(event->exact));
    ck_json_set(object, "held", event->held != CK_HELD_NOT ? ck_json_text(held[event->held]) : NULL);
    ck_json_set(object, "lost_at", place_object(&event->lost_at));
}

static void add_refused(struct json_object *object, const struct ck_trace_event *event)
{
    const char *error = strerrorname_np(event->error);

    add_state(object, NULL, event->after);
    ck_json_set(object, "error", error != NULL ? ck_json_text(error) : ck_json_number(event->error));
    ck_json_set(object, "what", ck_json_text(event->refusal.what));
    ck_json_set(object, "refused", caps_value(event->refusal.mask));
    ck_json_set(object, "rule", ck_json_text(event->refusal.code));
    ck_json_set(object, "text", ck_json_text(event->refusal.text));
}

static void add_used(struct json_object *object, const struct ck_trace_event *event)
{
    add_state(object, NULL, event->after);
    ck_json_set(object, "used", caps_value(event->used_mask));
}

static void add_exit(struct json_object *object, const struct ck_trace_event *event)
{
    if (WIFEXITED(event->status))
        ck_json_set(object, "status", ck_json_number(WEXITSTATUS(event->status)));
    else
        ck_json_set(object, "signal", ck_json_number(WTERMSIG(event->status)));
}

/* What one kind of event has, and another has not. */
static void add_details(struct json_object *object, const struct ck_trace_event *event)
{
    switch (event->kind) {
    case CK_TRACE_START:
        add_state(object, NULL, event->after);
        return;
    case CK_TRACE_CREDENTIAL:
    case CK_TRACE_CAPABILITY:
        add_change(object, event);
        return;
    case CK_TRACE_EXEC:
        add_change(object, event);
        add_exec(object, event);
        return;
    case CK_TRACE_DENIED:
        add_denied(object, event);
        return;
    case CK_TRACE_REFUSED:
        add_refused(object, event);
        return;
    case CK_TRACE_USED:
        add_used(object, event);
        return;
    case CK_TRACE_EXIT:
        add_exit(object, event);
        return;
    }
}

struct json_object *ck_trace_json_event(const struct ck_trace_event *event, bool is_compact)
{
    struct json_object *object = ck_json_object();

    compact = is_compact;
    ck_json_set(object, "event", ck_json_text(kind_name(event->kind)));
    ck_json_set(object, "time", ck_json_seconds(event->time, 6));
    ck_json_set(object, "pid", ck_json_number(event->pid));
    ck_json_set(object, "tid", ck_json_number(event->tid));
    ck_json_set(object, "ppid", ck_json_number(event->ppid));
    ck_json_set(object, "comm", ck_json_text(event->comm));
    ck_json_set(object, "exe", ck_json_text(event->exe));
    if (event->call[0] != '\0')
        ck_json_set(object, "call", ck_json_text(event->call));
    add_details(object, event);
    return object;
}

struct json_object *ck_trace_json_summary(const struct ck_trace_totals *totals, const char *suggestion)
{
    struct json_object *object = ck_json_object();

    ck_json_set(object, "event", ck_json_text("summary"));
    ck_json_set(object, "processes", ck_json_number(totals->processes));
    ck_json_set(object, "execs", ck_json_number(totals->execs));
    ck_json_set(object, "changes", ck_json_number(totals->changes));
    ck_json_set(object, "denied", ck_json_number(totals->denials));
    ck_json_set(object, "refused", ck_json_number(totals->refusals));
    ck_json_set(object, "exact", ck_json_bool(totals->exact));
    if (suggestion != NULL)
        ck_json_set(object, "suggestion", ck_json_text(suggestion));
    return object;
}

/* --- the form */

static void begin(FILE *out, char *const command[])
{
    (void)out; /* each line stands for itself */
    (void)command;
}

static bool print_event(FILE *out, const struct ck_trace_event *event)
{
    ck_json_print(ck_trace_json_event(event, false), out);
    return false;
}

static void print_end(FILE *out, const struct ck_trace_totals *totals, const char *suggestion)
{
    ck_json_print(ck_trace_json_summary(totals, suggestion), out);
}

const struct ck_trace_form ck_trace_json = {begin, print_event, NULL, print_end};
