/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy_rule.h"

#include <errno.h>
#include <string.h>

#include "nearest.h"
#include "text.h"

/* Arrays, not pointers: the table needs no relocation. */
static const struct {
    char key[24];
    char variable[24];
    bool adds_up;
} directives[CK_DIRECTIVE_COUNT] = {
    [CK_USER] = {"User", "CAPKEEP_USER", true},
    [CK_LAUNCHER] = {"Launcher", "CAPKEEP_LAUNCHER", true},
    [CK_PROGRAM] = {"Program", "CAPKEEP_PROGRAM", true},
    [CK_AMBIENT] = {"AmbientCapabilities", "CAPKEEP_AMBIENT", true},
    [CK_IAB] = {"IAB", "CAPKEEP_IAB", false},
    [CK_BOUNDING] = {"CapabilityBoundingSet", "CAPKEEP_BOUNDING", true},
    [CK_NO_NEW_PRIVS] = {"NoNewPrivileges", "CAPKEEP_NO_NEW_PRIVS", false},
    [CK_GUARD] = {"Guard", "CAPKEEP_GUARD", false},
    [CK_DESCENDANTS] = {"Descendants", "CAPKEEP_DESCENDANTS", false},
    [CK_ON_FAILURE] = {"OnFailure", "CAPKEEP_ON_FAILURE", false},
};

const char *ck_directive_key(enum ck_directive directive)
{
    return directives[directive].key;
}

const char *ck_directive_variable(enum ck_directive directive)
{
    return directives[directive].variable;
}

enum ck_directive ck_directive_find(const char *key)
{
    enum ck_directive directive = CK_USER;

    while (directive < CK_DIRECTIVE_COUNT &&
           (directives[directive].key[0] != key[0] || strcmp(directives[directive].key, key) != 0))
        directive++;
    return directive;
}

const char *ck_directive_nearest(const char *key)
{
    struct ck_nearest nearest = CK_NEAREST_NONE;

    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++)
        (void)ck_nearest_offer(&nearest, key, strlen(key), directives[directive].key); /* its name is in `nearest` */
    return nearest.name;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next word of a list separated by blanks; its length, 0 at the end. Moves *list behind it. */
static size_t next_word(const char **list, const char **ret_word)
{
    size_t length = 0;

    while (is_blank(**list))
        (*list)++;
    *ret_word = *list;
    while ((*list)[length] != '\0' && !is_blank((*list)[length]))
        length++;
    *list += length;
    return length;
}

/* Account names are at most 32 bytes (useradd(8)); directories and NSS modules have longer ones, none this long. */
#define USER_NAME_MAX 256

/* What useradd(8) and directories make accounts of; anything else was never the name of one. */
static bool may_be_account(const char *name)
{
    bool begins_well = name[0] != '-' && (name[0] < '0' || name[0] > '9');

    for (; *name != '\0'; name++) {
        bool is_letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
        if (!is_letter && (*name < '0' || *name > '9') && strchr("_.@$-", *name) == NULL)
            return false;
    }
    return begins_well;
}

static int unknown_user(const char *name, const struct ck_resolver *resolver, struct ck_parse_error *ret_error)
{
    char nearest[USER_NAME_MAX];
    int result = ck_parse_fail(ret_error, "unknown user", name);

    resolver->nearest_user(name, nearest, sizeof(nearest));
    if (nearest[0] != '\0')
        ck_parse_suggest(ret_error, nearest);
    return may_be_account(name) ? -ENOENT : result;
}

static int add_user(struct ck_policy *policy, struct ck_rule *rule, const char *word, size_t length,
                    const struct ck_resolver *resolver, struct ck_parse_error *ret_error)
{
    char name[USER_NAME_MAX] = "";
    uid_t uid;

    memcpy(name, word, length < sizeof(name) ? length : sizeof(name) - 1);
    if (policy->uid_count == CK_UIDS_MAX)
        return ck_parse_fail(ret_error, "too many users, there is no room for", name);
    if (length >= sizeof(name))
        return ck_parse_fail(ret_error, "unknown user", name);
    int result = ck_parse_uid(word, length, &uid);
    if (result < 0)
        result = resolver->user(resolver->context, name, &uid);
    if (result == -ENOENT)
        return unknown_user(name, resolver, ret_error);
    if (result < 0)
        return ck_parse_fail(ret_error, "this user cannot be looked up:", name);
    /* A rule's directives come one after the other, so its users lie together. */
    if (rule->users.count++ == 0)
        rule->users.first = policy->uid_count;
    policy->uids[policy->uid_count++] = uid;
    return 0;
}

static int add_users(struct ck_policy *policy, struct ck_rule *rule, const char *list,
                     const struct ck_resolver *resolver, struct ck_parse_error *ret_error)
{
    const char *word;
    size_t length = next_word(&list, &word);
    struct ck_parse_error error;
    int missing = 0;

    /* A rule without users is one for all of them. */
    if (length == 0)
        return ck_parse_fail(ret_error, "no value", NULL);
    for (; length > 0; length = next_word(&list, &word)) {
        int result = add_user(policy, rule, word, length, resolver, &error);
        if (result < 0 && (result != -ENOENT || missing == 0))
            *ret_error = error;
        if (result < 0 && result != -ENOENT)
            return result;
        if (result < 0)
            missing = result;
    }
    rule->for_nobody = rule->users.count == 0;
    return missing;
}

/*
 * One path, which may contain blanks, so a rule with two of them has two lines. Programs and launchers of a rule may
 * alternate: each path belongs to the range that ends where it is added, and a range that does not is moved there.
 */
static int extend_range(struct ck_policy *policy, struct ck_range *range)
{
    uint32_t end = policy->path_count;

    if (range->count > 0 && range->first + range->count < end) {
        if (range->count > CK_PATHS_MAX - end)
            return -ENOSPC;
        for (uint32_t i = 0; i < range->count; i++)
            policy->paths[end + i] = policy->paths[range->first + i];
        range->first = end;
        policy->path_count = end + range->count;
    } else if (range->count == 0) {
        range->first = end;
    }
    if (policy->path_count == CK_PATHS_MAX)
        return -ENOSPC;
    range->count++;
    policy->path_count++;
    return 0;
}

static int look_up(struct ck_policy *policy, struct ck_path *path, const struct ck_resolver *resolver,
                   struct ck_parse_error *ret_error)
{
    const char *text = ck_policy_text(policy, path->text);
    char resolved[PATH_MAX];
    /* What cannot be looked at would match by half: by its text, and not by the file that it is. */
    int found = resolver->path(resolver->context, text, resolved, &path->dev, &path->ino);
    if (found < 0 && found != -ENOENT)
        return ck_parse_fail(ret_error, "this path cannot be looked at:", text);
    if (found == 0 && strcmp(resolved, text) != 0 &&
        ck_policy_add_text(policy, resolved, strlen(resolved), &path->resolved) < 0)
        return ck_parse_fail(ret_error, "too much text, there is no room for", text);
    path->pending = false;
    return 0;
}

int ck_rule_look_programs_up(struct ck_policy *policy, const struct ck_rule *rule, const struct ck_resolver *resolver,
                             struct ck_parse_error *ret_error)
{
    int result = 0;

    for (uint32_t i = 0; result == 0 && i < rule->programs.count; i++) {
        struct ck_path *path = &policy->paths[rule->programs.first + i];

        if (path->pending)
            result = look_up(policy, path, resolver, ret_error);
    }
    return result;
}

/* Whether the rule before has the same path for its last launcher, as many have: it is the same file, then. */
static bool is_known(const struct ck_policy *policy, const char *text, size_t length, struct ck_path *path)
{
    const struct ck_range *launchers = policy->rule_count > 1 ? &policy->rules[policy->rule_count - 2].launchers : NULL;

    if (launchers == NULL || launchers->count == 0)
        return false;
    const struct ck_path *last = &policy->paths[launchers->first + launchers->count - 1];
    const char *known = ck_policy_text(policy, last->text);
    if (last->directory != path->directory || strncmp(known, text, length) != 0 || known[length] != '\0')
        return false;
    *path = *last;
    return true;
}

static int add_path(struct ck_policy *policy, struct ck_rule *rule, struct ck_range *range, const char *value,
                    const struct ck_resolver *resolver, struct ck_parse_error *ret_error)
{
    struct ck_path path = {0};
    size_t length = strlen(value);

    if (value[0] != '/')
        return ck_parse_fail(ret_error, "not an absolute path:", value);
    if (length >= PATH_MAX)
        return ck_parse_fail(ret_error, "a path longer than PATH_MAX:", value);
    path.directory = length > 2 && strcmp(value + length - 2, "/*") == 0;
    if (path.directory)
        length -= 2;
    if (memchr(value, '*', length) != NULL)
        return ck_parse_fail(ret_error, "\"*\" stands only for all files of a directory, as in /srv/bin/*, not as in",
                             value);
    bool is_launcher = range == &rule->launchers;
    if (!is_launcher || !is_known(policy, value, length, &path)) {
        if (ck_policy_add_text(policy, value, length, &path.text) < 0)
            return ck_parse_fail(ret_error, "too much text, there is no room for", value);
        path.resolved = path.text;
        path.pending = !is_launcher && resolver->programs_wait;
        int result = path.pending ? 0 : look_up(policy, &path, resolver, ret_error);
        if (result < 0)
            return result;
    }
    if (extend_range(policy, range) < 0)
        return ck_parse_fail(ret_error, "too many paths, there is no room for", value);
    policy->paths[range->first + range->count - 1] = path;
    return 0;
}

static int set_iab(struct ck_rule *rule, const char *value, struct ck_parse_error *ret_error)
{
    struct ck_iab iab;
    int result = ck_parse_iab(value, &iab, ret_error);

    if (result < 0)
        return result;
    rule->ambient_mask |= iab.ambient_mask;
    rule->inheritable_mask |= iab.inheritable_mask;
    rule->unbound_mask = iab.unbound_mask;
    return 0;
}

static int set_caps(uint64_t *mask, const char *value, struct ck_parse_error *ret_error)
{
    uint64_t more;
    int result = ck_parse_caps(value, &more, ret_error);

    if (result == 0)
        *mask |= more;
    return result;
}

static int set_on_failure(struct ck_rule *rule, const char *value, struct ck_parse_error *ret_error)
{
    rule->refuse = strcmp(value, "refuse") == 0;
    if (!rule->refuse && strcmp(value, "continue") != 0)
        return ck_parse_fail(ret_error, "neither continue nor refuse:", value);
    return 0;
}

static int set_descendants(struct ck_rule *rule, const char *value, struct ck_parse_error *ret_error)
{
    bool descendants;
    int result = ck_parse_bool(value, &descendants, ret_error);

    if (result == 0)
        rule->no_descendants = !descendants;
    return result;
}

int ck_rule_set(struct ck_policy *policy, struct ck_rule *rule, enum ck_directive directive, const char *value,
                const struct ck_resolver *resolver, struct ck_parse_error *ret_error)
{
    uint32_t bit = UINT32_C(1) << directive;

    if ((rule->given & bit) != 0 && !directives[directive].adds_up)
        return ck_parse_fail(ret_error, "given a second time, as", value);
    rule->given |= bit;
    if (value[0] == '\0')
        return ck_parse_fail(ret_error, "no value", NULL);
    switch (directive) {
    case CK_USER:
        return add_users(policy, rule, value, resolver, ret_error);
    case CK_LAUNCHER:
        return add_path(policy, rule, &rule->launchers, value, resolver, ret_error);
    case CK_PROGRAM:
        return add_path(policy, rule, &rule->programs, value, resolver, ret_error);
    case CK_AMBIENT:
        return set_caps(&rule->ambient_mask, value, ret_error);
    case CK_IAB:
        return set_iab(rule, value, ret_error);
    case CK_BOUNDING:
        rule->has_bounding = true;
        return set_caps(&rule->bounding_mask, value, ret_error);
    case CK_NO_NEW_PRIVS:
        return ck_parse_bool(value, &rule->no_new_privs, ret_error);
    case CK_GUARD:
        return ck_parse_bool(value, &rule->guard, ret_error);
    case CK_DESCENDANTS:
        return set_descendants(rule, value, ret_error);
    case CK_ON_FAILURE:
        return set_on_failure(rule, value, ret_error);
    case CK_DIRECTIVE_COUNT:
        break;
    }
    return -EINVAL;
}

int ck_rule_check(const struct ck_rule *rule, struct ck_parse_error *ret_error)
{
    uint64_t out_mask = rule->has_bounding ? rule->ambient_mask & ~rule->bounding_mask : 0;

    if (rule->given == 0)
        return ck_parse_fail(ret_error, "a rule without a key", NULL);
    if (out_mask != 0)
        return ck_parse_fail_caps(ret_error, "the bounding set leaves out what is kept:", out_mask);
    /* What waits in permitted for its program becomes inheritable only at the exec, and for that has to be bounding. */
    out_mask = rule->programs.count > 0 ? rule->ambient_mask & rule->unbound_mask : 0;
    if (out_mask != 0)
        return ck_parse_fail_caps(ret_error, "the bounding set leaves out what waits for the program:", out_mask);
    return 0;
}
