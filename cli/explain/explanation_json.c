/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "../../model/file_caps.h"
#include "explanation.h"
#include "../common/json.h"

static void set_bool(struct json_object *object, const char *key, bool value)
{
    ck_json_set(object, key, ck_json_bool(value));
}

static void set_thread(struct json_object *object, const struct ck_thread *thread, bool has_securebits)
{
    ck_json_set(object, "uid", ck_json_ids(thread->uids.real, thread->uids.effective, thread->uids.saved));
    ck_json_set(object, "gid", ck_json_ids(thread->gids.real, thread->gids.effective, thread->gids.saved));
    ck_json_set(object, "caps", ck_json_capset(&thread->caps));
    ck_json_set(object, "securebits", has_securebits ? ck_json_number(thread->securebits) : NULL);
    set_bool(object, "no_new_privs", thread->no_new_privs);
}

/* --- what is missing */

/* One entry a capability: the remedy names it. */
static void add_lost(struct json_object *array, unsigned why, const struct ck_capset *lost,
                     const struct ck_why_case *the_case)
{
    unsigned cap = (unsigned)__builtin_ctzll(the_case->caps_mask);
    struct ck_why description;
    struct json_object *object;

    ck_why_describe(why, the_case, &description);
    object = ck_json_lost(lost, cap, description.code, description.text);
    ck_json_set(object, "section", ck_json_text(description.section));
    ck_json_set(object, "remedy", ck_json_text(description.remedy));
    ck_json_append(array, object);
}

/* --- the launcher */

static uint64_t file_caps_of(const struct ck_file *file)
{
    struct ck_file_caps caps;

    if (file->caps == NULL || ck_file_caps_parse(file->caps, file->caps_length, &caps) < 0)
        return 0;
    return caps.permitted | caps.inheritable;
}

static struct json_object *imports_array(const struct ck_imports *imports)
{
    struct json_object *array;

    if (!imports->is_known)
        return NULL;
    array = ck_json_array();
    for (unsigned i = 0; i < ck_imports_count(); i++) {
        if ((imports->mask >> i & 1) != 0)
            ck_json_append(array, ck_json_text(ck_imports_name(i)));
    }
    return array;
}

static struct json_object *needed_array(const struct ck_imports *imports)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < imports->needed_count; i++)
        ck_json_append(array, ck_json_text(imports->needed[i]));
    return array;
}

static struct json_object *methods_array(unsigned methods)
{
    struct json_object *array = ck_json_array();

    for (unsigned method = 1; method <= methods; method <<= 1) {
        if ((methods & method) != 0)
            ck_json_append(array, ck_json_text(ck_service_method(method)));
    }
    return array;
}

static struct json_object *launcher_object(const struct ck_service *service)
{
    const struct ck_executable *executable = service->executable;
    const struct ck_file *file = ck_executable_file(executable);
    const struct ck_file_facts *facts = &executable->facts;
    struct json_object *object = ck_json_object();

    ck_json_set(object, "path", ck_json_text(executable->path));
    ck_json_set(object, "file", ck_json_text(ck_executable_name(executable)));
    set_bool(object, "script", service->is_script);
    set_bool(object, "elf", facts->has_elf);
    set_bool(object, "dynamic", facts->has_elf && facts->elf.is_dynamic);
    set_bool(object, "go", facts->has_elf && facts->elf.is_go);
    set_bool(object, "set_user_id", (file->mode & S_ISUID) != 0);
    set_bool(object, "set_group_id", (file->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP));
    ck_json_set(object, "file_capabilities", ck_json_caps(file_caps_of(file)));
    ck_json_set(object, "imports", imports_array(&service->imports));
    ck_json_set(object, "needs", needed_array(&service->imports));
    ck_json_set(object, "reach", ck_json_text(ck_service_word(service)));
    ck_json_set(object, "methods", methods_array(service->methods));
    return object;
}

/* --- the launch */

static struct json_object *rule_object(const struct ck_policy *policy, const struct ck_rule *rule,
                                       enum ck_mismatch mismatch)
{
    struct json_object *object = ck_json_object();

    ck_json_set(object, "name", ck_json_text(ck_policy_text(policy, rule->name)));
    ck_json_set(object, "file", rule->line != 0 ? ck_json_text(ck_policy_text(policy, rule->file)) : NULL);
    ck_json_set(object, "line", rule->line != 0 ? ck_json_number(rule->line) : NULL);
    ck_json_set(object, "mismatch", ck_json_text(ck_mismatch_word(mismatch)));
    return object;
}

static struct json_object *rules_array(const struct ck_explanation *explanation)
{
    const struct ck_policy *policy = explanation->policy;
    struct json_object *array = ck_json_array();

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        enum ck_mismatch mismatch = ck_explanation_mismatch(
            policy, &policy->rules[i], explanation->account->account.uid, &explanation->program->program);
        ck_json_append(array, rule_object(policy, &policy->rules[i], mismatch));
    }
    return array;
}

static struct json_object *call_object(const struct ck_made_call *call)
{
    static const char *const names[] = {
        [CK_MADE_CAPSET] = "capset",
        [CK_MADE_AMBIENT_RAISE] = "PR_CAP_AMBIENT_RAISE",
        [CK_MADE_AMBIENT_LOWER] = "PR_CAP_AMBIENT_LOWER",
        [CK_MADE_BOUNDING_DROP] = "PR_CAPBSET_DROP",
        [CK_MADE_NO_NEW_PRIVS] = "PR_SET_NO_NEW_PRIVS",
        [CK_MADE_KEEP_CAPS] = "PR_SET_KEEPCAPS",
    };
    struct json_object *object = ck_json_object();

    ck_json_set(object, "call", ck_json_text(names[call->kind]));
    switch (call->kind) {
    case CK_MADE_CAPSET:
        ck_json_set(object, "permitted", ck_json_caps(call->caps.permitted));
        ck_json_set(object, "effective", ck_json_caps(call->caps.effective));
        ck_json_set(object, "inheritable", ck_json_caps(call->caps.inheritable));
        break;
    case CK_MADE_AMBIENT_RAISE:
    case CK_MADE_AMBIENT_LOWER:
    case CK_MADE_BOUNDING_DROP:
        ck_json_set(object, "cap", ck_json_cap(call->arg));
        break;
    case CK_MADE_NO_NEW_PRIVS:
    case CK_MADE_KEEP_CAPS:
        ck_json_set(object, "value", ck_json_number(call->arg));
        break;
    }
    return object;
}

static struct json_object *calls_array(const struct ck_launch_act *act)
{
    struct json_object *array;

    if (!act->is_done)
        return NULL;
    array = ck_json_array();
    for (unsigned i = 0; i < act->made.count; i++)
        ck_json_append(array, call_object(&act->made.calls[i]));
    return array;
}

static struct json_object *from_object(const struct ck_explanation *explanation)
{
    struct json_object *object = ck_json_object();

    ck_json_set(object, "assumed", ck_json_text(explanation->is_root_assumed ? "root" : "current"));
    set_thread(object, explanation->from, true);
    return object;
}

static struct json_object *failure_object(const struct ck_prediction *prediction)
{
    const char *call = ck_explanation_failed_call(prediction);
    struct json_object *object;

    if (call == NULL)
        return NULL;
    object = ck_json_object();
    ck_json_set(object, "call", ck_json_text(call));
    ck_json_set(object, "error", ck_json_text(strerrorname_np(prediction->error)));
    set_bool(object, "by_policy", prediction->end == CK_LAUNCH_REFUSED);
    return object;
}

static struct json_object *launch_lost(const struct ck_explanation *explanation)
{
    const struct ck_capset *lost = explanation->prediction->lost;
    struct json_object *array = ck_json_array();

    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        for (uint64_t mask = ck_capset_any(&lost[why]); mask != 0;) {
            struct ck_why_case the_case = ck_explanation_case(explanation, ck_cap_bit(ck_cap_take_lowest(&mask)));
            add_lost(array, why, &lost[why], &the_case);
        }
    }
    return array;
}

static void set_launch(struct json_object *object, const struct ck_explanation *explanation)
{
    const struct ck_prediction *prediction = explanation->prediction;
    bool is_started = prediction->end == CK_LAUNCH_STARTED;
    struct json_object *plan = ck_json_object();

    ck_json_set(object, "program", ck_json_text(explanation->program->path));
    ck_json_set(object, "user",
                explanation->account->name[0] != '\0' ? ck_json_text(explanation->account->name) : NULL);
    ck_json_set(object, "kernel", ck_json_text(explanation->version));
    ck_json_set(object, "from", from_object(explanation));
    ck_json_set(object, "rules", rules_array(explanation));
    ck_json_set(plan, "setresuid", calls_array(&prediction->change));
    ck_json_set(plan, "execve", calls_array(&prediction->exec));
    ck_json_set(object, "plan", plan);
    set_bool(object, "started", is_started);
    ck_json_set(object, "failure", failure_object(prediction));
    if (is_started) {
        set_thread(object, &prediction->after, true);
        set_bool(object, "secure", prediction->is_secure);
    }
    ck_json_set(object, "wanted", ck_json_caps(prediction->want_mask | prediction->want_inheritable_mask));
    ck_json_set(object, "missing", ck_json_caps(prediction->missing_mask | prediction->missing_inheritable_mask));
    ck_json_set(object, "lost", launch_lost(explanation));
    set_bool(object, "hardened", !prediction->is_unhardened);
    set_bool(object, "by_shell", ck_explanation_has_shell(explanation));
}

void ck_explanation_print_json(const struct ck_explanation *explanation, FILE *stream)
{
    struct json_object *object = ck_json_object();

    if (explanation->prediction != NULL)
        set_launch(object, explanation);
    ck_json_set(object, "launcher", launcher_object(explanation->launcher));
    ck_json_print(object, stream);
}

/* --- a process */

static struct json_object *threads_array(const struct ck_process_explanation *explanation)
{
    struct json_object *array = ck_json_array();

    for (unsigned i = 0; i < explanation->other_count; i++) {
        const struct ck_proc *thread = &explanation->others[i];
        struct json_object *object = ck_json_object();

        ck_json_set(object, "tid", ck_json_number(thread->tid));
        ck_json_set(object, "command", ck_json_text(thread->comm));
        set_thread(object, &thread->thread, false);
        ck_json_append(array, object);
    }
    return array;
}

static struct json_object *process_rules(const struct ck_process_explanation *explanation)
{
    const struct ck_policy *policy = explanation->policy;
    struct json_object *array = ck_json_array();

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];
        struct json_object *object = rule_object(policy, rule, ck_process_explanation_mismatch(explanation, rule));

        ck_json_set(object, "keeps", ck_json_caps(rule->ambient_mask));
        ck_json_append(array, object);
    }
    return array;
}

static struct json_object *process_lost(const struct ck_process_explanation *explanation)
{
    struct json_object *array = ck_json_array();

    for (unsigned why = 0; why < CK_WHY_COUNT; why++) {
        for (uint64_t mask = ck_capset_any(&explanation->lost[why]); mask != 0;) {
            struct ck_why_case the_case =
                ck_process_explanation_case(explanation, ck_cap_bit(ck_cap_take_lowest(&mask)));
            add_lost(array, why, &explanation->lost[why], &the_case);
        }
    }
    return array;
}

void ck_process_explanation_print_json(const struct ck_process_explanation *explanation, FILE *stream)
{
    const struct ck_proc *main = explanation->main;
    struct json_object *object = ck_json_object();

    ck_json_set(object, "pid", ck_json_number(main->pid));
    ck_json_set(object, "command", ck_json_text(main->comm));
    ck_json_set(object, "exe", ck_json_text(explanation->exe));
    ck_json_set(object, "script", ck_json_text(explanation->is_script ? explanation->script->path : NULL));
    ck_json_set(object, "file_capabilities",
                explanation->has_file ? ck_json_caps(file_caps_of(ck_executable_file(explanation->executable))) : NULL);
    ck_json_set(object, "shim", explanation->has_library < 0 ? NULL : ck_json_bool(explanation->has_library));
    set_bool(object, "same_user_namespace", !explanation->is_elsewhere);
    set_thread(object, &main->thread, false);
    ck_json_set(object, "threads", threads_array(explanation));
    ck_json_set(object, "rules", process_rules(explanation));
    ck_json_set(object, "wanted", ck_json_caps(explanation->want_mask));
    ck_json_set(object, "missing", ck_json_caps(explanation->missing_mask));
    ck_json_set(object, "lost", process_lost(explanation));
    ck_json_print(object, stream);
}
