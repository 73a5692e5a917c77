/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/policy_match.h"

void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

/* --- what the parser asks of the system */

static int find_user(void *context, const char *name, uid_t *ret_uid)
{
    (void)context; /* none */
    FUZZ_REQUIRE(name[0] != '\0');
    switch (name[0]) {
    case 'n':
        return -ENOENT;
    case 'e':
        return -ENOMEM;
    default:
        *ret_uid = (uid_t)(unsigned char)name[0] * 1000;
        return 0;
    }
}

static void find_nearest_user(const char *name, char *ret_name, size_t size)
{
    (void)snprintf(ret_name, size, "%s", name[1] == 'x' ? "" : "nobody"); /* it fits */
}

static int find_path(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino)
{
    (void)context; /* as above */
    size_t length = strlen(path);

    FUZZ_REQUIRE(path[0] == '/' && length < PATH_MAX);
    switch (path[1]) {
    case 'n':
        return -ENOENT;
    case 'e':
        return -ENOMEM;
    case 'l':
        /* A link, to a name as long as there can be. */
        memset(ret_resolved, 'x', PATH_MAX - 1);
        ret_resolved[0] = '/';
        ret_resolved[PATH_MAX - 1] = '\0';
        break;
    default:
        memcpy(ret_resolved, path, length + 1);
    }
    *ret_dev = 1;
    *ret_ino = length;
    return 0;
}

const struct ck_resolver fuzz_resolver = {find_user, find_nearest_user, find_path, NULL, false};

/* --- the policy */

struct ck_policy *fuzz_empty_policy(void)
{
    static struct ck_policy policy;

    memset(policy.rules, 0, policy.rule_count * sizeof(policy.rules[0]));
    memset(policy.uids, 0, policy.uid_count * sizeof(policy.uids[0]));
    memset(policy.paths, 0, policy.path_count * sizeof(policy.paths[0]));
    memset(policy.text, 0, policy.text_size);
    policy.rule_count = policy.uid_count = policy.path_count = policy.text_size = 0;
    return &policy;
}

static void check_line(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    (void)file;
    (void)line;
    FUZZ_REQUIRE(report->count > 0 && text[0] != '\0');
    for (; *text != '\0'; text++)
        FUZZ_REQUIRE(*text >= ' ' && *text <= '~');
}

struct ck_report fuzz_report(void)
{
    return (struct ck_report){.say = check_line};
}

static void check_text(const struct ck_policy *policy, uint32_t offset)
{
    FUZZ_REQUIRE(offset < policy->text_size);
    FUZZ_REQUIRE(memchr(policy->text + offset, '\0', policy->text_size - offset) != NULL);
}

static void check_range(const struct ck_range *range, uint32_t end)
{
    FUZZ_REQUIRE(range->count <= end && range->first <= end - range->count);
}

static void check_rule(const struct ck_policy *policy, const struct ck_rule *rule)
{
    struct ck_parse_error error;

    check_text(policy, rule->name);
    check_range(&rule->users, policy->uid_count);
    check_range(&rule->programs, policy->path_count);
    check_range(&rule->launchers, policy->path_count);
    FUZZ_REQUIRE(rule->given != 0 && ck_rule_check(rule, &error) == 0);
    FUZZ_REQUIRE(!rule->has_bounding || (rule->ambient_mask & ~rule->bounding_mask) == 0);
    FUZZ_REQUIRE((rule->ambient_mask & rule->inheritable_mask) == 0 || rule->ambient_mask != 0);
}

static void check_keep(const struct ck_keep *keep)
{
    FUZZ_REQUIRE((keep->ambient_mask & ~keep->keep_mask) == 0);
    FUZZ_REQUIRE((keep->refuse_mask & ~keep->ambient_mask) == 0);
    FUZZ_REQUIRE((keep->inherited_mask & ~keep->ambient_mask) == 0);
    FUZZ_REQUIRE((keep->other_mask & keep->ambient_mask) == 0);
    FUZZ_REQUIRE((keep->awaited_mask & ~keep->other_mask) == 0);
}

static void check_matching(const struct ck_policy *policy, uid_t uid)
{
    const struct ck_program program = {
        .count = 2,
        .names = {{.text = "/usr/sbin/ntpd", .resolved = "/usr/sbin/ntpd"}, {.dev = 1, .ino = 9}},
    };
    struct ck_keep keep;

    ck_match(policy, uid, NULL, &keep);
    check_keep(&keep);
    FUZZ_REQUIRE((keep.rule == CK_NO_RULE) == (keep.rule_count == 0));
    uint64_t keep_mask = keep.keep_mask;
    ck_match_exec(policy, uid, &program, &keep);
    check_keep(&keep);
    FUZZ_REQUIRE(keep.keep_mask == keep_mask);
}

void fuzz_check_policy(const struct ck_policy *policy)
{
    FUZZ_REQUIRE(policy->rule_count <= CK_RULES_MAX && policy->uid_count <= CK_UIDS_MAX);
    FUZZ_REQUIRE(policy->path_count <= CK_PATHS_MAX && policy->text_size <= CK_TEXT_MAX);
    for (uint32_t i = 0; i < policy->rule_count; i++)
        check_rule(policy, &policy->rules[i]);
    for (uint32_t i = 0; i < policy->path_count; i++) {
        check_text(policy, policy->paths[i].text);
        check_text(policy, policy->paths[i].resolved);
    }
    check_matching(policy, 0);
    check_matching(policy, 65534);
    if (policy->uid_count > 0)
        check_matching(policy, policy->uids[policy->uid_count - 1]);
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_REQUIRE(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}
