/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy_match.h"

#include <string.h>

bool ck_rule_has_user(const struct ck_policy *policy, const struct ck_rule *rule, uid_t uid)
{
    if (rule->users.count == 0)
        return uid != 0 && !rule->for_nobody;
    for (uint32_t i = 0; i < rule->users.count; i++) {
        if (policy->uids[rule->users.first + i] == uid)
            return true;
    }
    return false;
}

/* Whether `path` names a file directly inside the directory `dir`. */
static bool lies_in(const char *dir, const char *path)
{
    size_t length = strlen(dir);

    if (strncmp(dir, path, length) != 0 || path[length] != '/')
        return false;
    const char *name = path + length + 1;
    return *name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

bool ck_path_matches(const struct ck_policy *policy, const struct ck_path *path, const struct ck_program_name *name)
{
    const char *text = ck_policy_text(policy, path->text);
    const char *resolved = ck_policy_text(policy, path->resolved);

    if (path->directory) {
        return (name->text != NULL && lies_in(text, name->text)) ||
               (name->resolved != NULL && lies_in(resolved, name->resolved));
    }
    if (name->text != NULL && strcmp(text, name->text) == 0)
        return true;
    if (name->resolved != NULL)
        return strcmp(resolved, name->resolved) == 0;
    return path->ino != 0 && path->ino == name->ino && path->dev == name->dev;
}

bool ck_range_has_program(const struct ck_policy *policy, const struct ck_range *range,
                          const struct ck_program *program)
{
    for (uint32_t i = 0; i < range->count; i++) {
        for (unsigned j = 0; j < program->count; j++) {
            if (ck_path_matches(policy, &policy->paths[range->first + i], &program->names[j]))
                return true;
        }
    }
    return range->count == 0;
}

bool ck_match_launcher(const struct ck_policy *policy, const struct ck_program *program)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (ck_range_has_program(policy, &policy->rules[i].launchers, program))
            return true;
    }
    return false;
}

bool ck_match_has_launchers(const struct ck_policy *policy)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].launchers.count > 0)
            return true;
    }
    return false;
}

bool ck_match_is_foreign(const struct ck_policy *policy)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (!policy->rules[i].foreign)
            return false;
    }
    return true;
}

void ck_match_set_launcher(struct ck_policy *policy, const char *executable)
{
    const struct ck_program self = {.count = 1, .names = {{.text = executable, .resolved = executable}}};

    for (uint32_t i = 0; i < policy->rule_count; i++)
        policy->rules[i].foreign =
            policy->rules[i].is_broken || !ck_range_has_program(policy, &policy->rules[i].launchers, &self);
}

bool ck_match_is_broken(const struct ck_policy *policy, const char *executable)
{
    const struct ck_program self = {.count = 1, .names = {{.text = executable, .resolved = executable}}};

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].is_broken &&
            (executable == NULL || ck_range_has_program(policy, &policy->rules[i].launchers, &self)))
            return true;
    }
    return false;
}

uint64_t ck_match_guard(const struct ck_policy *policy, bool any_root, uid_t euid)
{
    uint64_t mask = 0;

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (rule->guard && !rule->foreign && (any_root || ck_rule_has_user(policy, rule, euid)))
            mask |= rule->ambient_mask;
    }
    return mask;
}

static void keep_nothing(struct ck_keep *keep)
{
    *keep = (struct ck_keep){.bounding_mask = UINT64_MAX, .rule = CK_NO_RULE};
}

/* What holds for a matching rule whether or not its program is the one being executed. */
static void count_rule(struct ck_keep *keep, const struct ck_rule *rule, uint32_t index)
{
    uint64_t bounding_mask = ck_rule_bounding(rule);

    if (keep->rule == CK_NO_RULE)
        keep->rule = index;
    keep->rule_count++;
    keep->keep_mask |= rule->ambient_mask;
    keep->later_mask |= rule->inheritable_mask;
    if (rule->refuse)
        keep->awaited_mask |= rule->ambient_mask;
    keep->no_new_privs |= rule->no_new_privs;
    /* The union of what the rules that speak of the bounding set allow, and of what the others keep. */
    if (bounding_mask == UINT64_MAX)
        keep->silent_mask |= rule->ambient_mask | rule->inheritable_mask;
    else
        keep->bounding_mask = (keep->bounding_mask == UINT64_MAX ? 0 : keep->bounding_mask) | bounding_mask;
}

/* What a rule gives to the program that is started now. */
static void grant_rule(struct ck_keep *keep, const struct ck_rule *rule)
{
    keep->ambient_mask |= rule->ambient_mask;
    keep->inheritable_mask |= rule->inheritable_mask;
    if (!rule->no_descendants)
        keep->inherited_mask |= rule->ambient_mask;
    if (rule->refuse)
        keep->refuse_mask |= rule->ambient_mask;
}

static void finish(struct ck_keep *keep)
{
    keep->bounding_mask |= keep->silent_mask;
    keep->other_mask = keep->keep_mask & ~keep->ambient_mask;
    keep->awaited_mask &= keep->other_mask;
    keep->later_mask &= ~keep->inheritable_mask;
}

static bool contains(const struct ck_rule_set *rules, uint32_t index)
{
    return (rules->words[index / 64] >> index % 64 & 1) != 0;
}

void ck_match_program(const struct ck_policy *policy, const struct ck_program *program, struct ck_rule_set *ret_rules)
{
    *ret_rules = (struct ck_rule_set){{0}};
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (!rule->foreign && ck_range_has_program(policy, &rule->programs, program))
            ret_rules->words[i / 64] |= UINT64_C(1) << i % 64;
    }
}

const char *ck_match_awaited(const struct ck_policy *policy, uid_t euid, const struct ck_rule_set *running)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (!rule->foreign && rule->programs.count > 0 && rule->ambient_mask != 0 && !contains(running, i) &&
            ck_rule_has_user(policy, rule, euid))
            return ck_policy_text(policy, policy->paths[rule->programs.first].text);
    }
    return NULL;
}

/* How near a rule is, beginning with 1. */
static unsigned rank(const struct ck_policy *policy, const struct ck_rule *rule, uid_t euid)
{
    unsigned launcher = rule->launchers.count > 0 ? 2 : 1;
    unsigned user = rule->users.count > 0 ? 2 : 1;

    return 1 + (rule->foreign ? 0 : launcher) + (ck_rule_has_user(policy, rule, euid) ? user : 0);
}

void ck_match_nearest(const struct ck_policy *policy, uid_t euid, struct ck_miss *ret_miss)
{
    const struct ck_rule *nearest = NULL;
    unsigned best = 0;

    *ret_miss = (struct ck_miss){.rule = NULL};
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (!rule->is_broken && rank(policy, rule, euid) > best) {
            best = rank(policy, rule, euid);
            nearest = rule;
        }
    }
    if (nearest == NULL)
        return;
    *ret_miss = (struct ck_miss){
        .rule = ck_policy_text(policy, nearest->name),
        .has_user = ck_rule_has_user(policy, nearest, euid),
        .has_launcher = !nearest->foreign,
        .user_count = nearest->users.count,
        .launcher_count = nearest->launchers.count,
    };
    if (nearest->users.count > 0)
        ret_miss->user = policy->uids[nearest->users.first];
    if (nearest->launchers.count > 0)
        ret_miss->launcher = ck_policy_text(policy, policy->paths[nearest->launchers.first].text);
}

void ck_match(const struct ck_policy *policy, uid_t euid, const struct ck_rule_set *running, struct ck_keep *ret_keep)
{
    keep_nothing(ret_keep);
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_rule *rule = &policy->rules[i];

        if (rule->foreign || !ck_rule_has_user(policy, rule, euid))
            continue;
        count_rule(ret_keep, rule, i);
        if (rule->programs.count == 0 || (running != NULL && contains(running, i)))
            grant_rule(ret_keep, rule);
    }
    finish(ret_keep);
}

void ck_match_exec(const struct ck_policy *policy, uid_t uid, const struct ck_program *program,
                   struct ck_keep *ret_keep)
{
    struct ck_rule_set running;

    ck_match_program(policy, program, &running);
    ck_match(policy, uid, &running, ret_keep);
}

/* The last part of a path, and how long it is; a path may end in that of a file in it. */
static const char *last_part(const char *path, size_t length, size_t *ret_length)
{
    size_t start = length;

    while (start > 0 && path[start - 1] != '/')
        start--;
    *ret_length = length - start;
    return path + start;
}

static bool ends_alike(const char *a, const char *b, size_t b_length)
{
    size_t a_part, b_part;
    const char *a_end = last_part(a, strlen(a), &a_part);
    const char *b_end = last_part(b, b_length, &b_part);

    return a_part == b_part && memcmp(a_end, b_end, a_part) == 0;
}

static bool may_name(const struct ck_policy *policy, const struct ck_path *path, const char *name)
{
    size_t part;
    size_t length = strlen(name);
    const char *file = last_part(name, length, &part);

    if (path->directory && file == name)
        return true;
    if (path->directory)
        length -= part + 1; /* the file and its slash */
    return ends_alike(ck_policy_text(policy, path->text), name, length) ||
           ends_alike(ck_policy_text(policy, path->resolved), name, length);
}

bool ck_match_may_name_launcher(const struct ck_policy *policy, const char *name)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct ck_range *launchers = &policy->rules[i].launchers;

        for (uint32_t j = 0; j < launchers->count; j++) {
            if (may_name(policy, &policy->paths[launchers->first + j], name))
                return true;
        }
    }
    return false;
}
