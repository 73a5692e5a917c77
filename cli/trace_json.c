#include <json-c/json.h>
#include <string.h>
#include <sys/wait.h>

#include "../shim/core/names.h"
#include "trace_report.h"

static void add(struct json_object *object, const char *key, struct json_object *value)
{
    (void)json_object_object_add(object, key, value); /* without memory the key is missing, and the line still valid */
}

static struct json_object *caps_array(uint64_t mask)
{
    struct json_object *array = json_object_new_array();

    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        const char *name = ck_cap_name(cap);
        (void)json_object_array_add(array, name != NULL ? json_object_new_string(name)
                                                        : json_object_new_int((int)cap)); /* as above */
    }
    return array;
}

static struct json_object *caps_object(const struct ck_capset *caps)
{
    struct json_object *object = json_object_new_object();

    add(object, "permitted", caps_array(caps->permitted));
    add(object, "effective", caps_array(caps->effective));
    add(object, "inheritable", caps_array(caps->inheritable));
    add(object, "ambient", caps_array(caps->ambient));
    add(object, "bounding", caps_array(caps->bounding));
    return object;
}

static struct json_object *uids_array(const struct ck_uids *uids)
{
    const uid_t ids[] = {uids->real, uids->effective, uids->saved};
    struct json_object *array = json_object_new_array();

    for (int i = 0; i < 3; i++)
        (void)json_object_array_add(array, json_object_new_int64(ids[i])); /* as above */
    return array;
}

static struct json_object *before_and_after(struct json_object *before, struct json_object *after)
{
    struct json_object *object = json_object_new_object();

    add(object, "before", before);
    add(object, "after", after);
    return object;
}

/* The sets that this capability has left by one rule. */
static struct json_object *sets_array(const struct ck_capset *lost, uint64_t bit)
{
    struct json_object *array = json_object_new_array();
    const struct {
        const char *name;
        uint64_t mask;
    } sets[] = {
        {"permitted", lost->permitted}, {"effective", lost->effective}, {"inheritable", lost->inheritable},
        {"ambient", lost->ambient},     {"bounding", lost->bounding},
    };

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if ((sets[i].mask & bit) != 0)
            (void)json_object_array_add(array, json_object_new_string(sets[i].name)); /* as above */
    }
    return array;
}

static void add_lost(struct json_object *array, const struct ck_capset *lost, const struct ck_rule_info *rule)
{
    uint64_t mask = lost->permitted | lost->effective | lost->inheritable | lost->ambient | lost->bounding;

    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        const char *name = ck_cap_name(cap);
        struct json_object *object = json_object_new_object();

        add(object, "cap", name != NULL ? json_object_new_string(name) : json_object_new_int((int)cap));
        add(object, "sets", sets_array(lost, ck_cap_bit(cap)));
        add(object, "rule", rule != NULL ? json_object_new_string(rule->code) : NULL);
        add(object, "text", rule != NULL ? json_object_new_string(rule->text) : NULL);
        (void)json_object_array_add(array, object); /* as above */
    }
}

static struct json_object *lost_array(const struct ck_trace_event *event)
{
    struct json_object *array = json_object_new_array();

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
        [CK_TRACE_EXIT] = "exit",
    };

    return names[kind];
}

static void add_change(struct json_object *object, const struct ck_trace_event *event)
{
    const struct ck_thread *before = event->before;
    const struct ck_thread *after = event->after;

    add(object, "uid", before_and_after(uids_array(&before->uids), uids_array(&after->uids)));
    add(object, "caps", before_and_after(caps_object(&before->caps), caps_object(&after->caps)));
    add(object, "securebits",
        before_and_after(json_object_new_int64(before->securebits), json_object_new_int64(after->securebits)));
    add(object, "no_new_privs",
        before_and_after(json_object_new_boolean(before->no_new_privs), json_object_new_boolean(after->no_new_privs)));
    add(object, "lost", lost_array(event));
    if (event->disagrees)
        add(object, "model", caps_object(&event->predicted));
}

static struct json_object *place_object(const struct ck_loss_place *place)
{
    struct json_object *object;

    if (!place->is_valid)
        return NULL;
    object = json_object_new_object();
    add(object, "pid", json_object_new_int(place->pid));
    add(object, "comm", json_object_new_string(place->comm));
    add(object, "call", json_object_new_string(place->call));
    add(object, "rule",
        place->rule != CK_RULE_COUNT ? json_object_new_string(ck_rule_describe(place->rule)->code) : NULL);
    return object;
}

static void add_denied(struct json_object *object, const struct ck_trace_event *event)
{
    const char *name = ck_cap_name(event->cap);
    const char *error = strerrorname_np(event->error);

    add(object, "cap", name != NULL ? json_object_new_string(name) : json_object_new_int((int)event->cap));
    add(object, "also", caps_array(event->also_mask));
    add(object, "error", error != NULL ? json_object_new_string(error) : json_object_new_int(event->error));
    add(object, "exact", json_object_new_boolean(event->exact));
    add(object, "lost_at", place_object(&event->lost_at));
}

static void add_exit(struct json_object *object, const struct ck_trace_event *event)
{
    if (WIFEXITED(event->status))
        add(object, "status", json_object_new_int(WEXITSTATUS(event->status)));
    else
        add(object, "signal", json_object_new_int(WTERMSIG(event->status)));
}

/* To the microsecond, and not to the last digit of a double. */
static struct json_object *seconds(double time)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%.6f", time); /* it fits */
    return json_object_new_double_s(time, text);
}

static void print_line(FILE *out, struct json_object *object)
{
    fputs(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE), out);
    fputc('\n', out);
    (void)json_object_put(object); /* the last reference */
}

static void begin(FILE *out)
{
    (void)out; /* each line stands for itself */
}

static void print_event(FILE *out, const struct ck_trace_event *event)
{
    struct json_object *object = json_object_new_object();

    add(object, "event", json_object_new_string(kind_name(event->kind)));
    add(object, "time", seconds(event->time));
    add(object, "pid", json_object_new_int(event->pid));
    add(object, "tid", json_object_new_int(event->tid));
    add(object, "ppid", json_object_new_int(event->ppid));
    add(object, "comm", json_object_new_string(event->comm));
    add(object, "exe", json_object_new_string(event->exe));
    if (event->call[0] != '\0')
        add(object, "call", json_object_new_string(event->call));
    if (event->before != NULL)
        add_change(object, event);
    if (event->kind == CK_TRACE_START && event->after != NULL) {
        add(object, "uid", uids_array(&event->after->uids));
        add(object, "caps", caps_object(&event->after->caps));
    }
    if (event->kind == CK_TRACE_EXEC) {
        add(object, "file", json_object_new_string(event->script));
        add(object, "secure", json_object_new_boolean(event->secure));
    }
    if (event->kind == CK_TRACE_DENIED)
        add_denied(object, event);
    if (event->kind == CK_TRACE_EXIT)
        add_exit(object, event);
    print_line(out, object);
}

static void print_end(FILE *out, const struct ck_trace_totals *totals)
{
    struct json_object *object = json_object_new_object();

    add(object, "event", json_object_new_string("summary"));
    add(object, "processes", json_object_new_int64(totals->processes));
    add(object, "execs", json_object_new_int64(totals->execs));
    add(object, "changes", json_object_new_int64(totals->changes));
    add(object, "denied", json_object_new_int64(totals->denials));
    add(object, "exact", json_object_new_boolean(totals->exact));
    print_line(out, object);
}

const struct ck_trace_form ck_trace_json = {begin, print_event, print_end};
