/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy_fixture.h"

#include <errno.h>
#include <string.h>

static int find_user(void *context, const char *name, uid_t *ret_uid)
{
    (void)context; /* none */
    static const struct {
        const char *name;
        uid_t uid;
    } users[] = {{"root", 0}, {"www-data", 33}, {"ntp", 107}};

    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        if (strcmp(users[i].name, name) == 0) {
            *ret_uid = users[i].uid;
            return 0;
        }
    }
    return -ENOENT;
}

static void find_nearest_user(const char *name, char *ret_name, size_t size)
{
    ret_name[0] = '\0';
    if (name[0] == 'n' && size > strlen("ntp"))
        strcpy(ret_name, "ntp");
}

static int find_path(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino)
{
    (void)context; /* as above */
    static const struct {
        const char *path;
        const char *resolved;
        ino_t ino;
    } files[] = {
        {"/usr/sbin/ntpd", "/usr/sbin/ntpd", 11},
        {"/bin/sh", "/usr/bin/dash", 12},
        {"/srv/bin", "/opt/bin", 13},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(files[i].path, path) == 0) {
            strcpy(ret_resolved, files[i].resolved);
            *ret_dev = 8;
            *ret_ino = files[i].ino;
            return 0;
        }
    }
    return -ENOENT;
}

const struct ck_resolver fixture_resolver = {find_user, find_nearest_user, find_path, NULL, false};

static void add_path(struct ck_text *text, const struct ck_policy *policy, const struct ck_path *path)
{
    ck_text_printable(text, ck_policy_text(policy, path->text));
    if (path->directory)
        ck_text_string(text, "/*");
    if (strcmp(ck_policy_text(policy, path->resolved), ck_policy_text(policy, path->text)) != 0) {
        ck_text_string(text, "->");
        ck_text_printable(text, ck_policy_text(policy, path->resolved));
    }
}

static void add_paths(struct ck_text *text, const char *key, const struct ck_policy *policy,
                      const struct ck_range *range)
{
    for (uint32_t i = 0; i < range->count; i++) {
        ck_text_string(text, i == 0 ? key : ",");
        add_path(text, policy, &policy->paths[range->first + i]);
    }
}

static void add_mask(struct ck_text *text, const char *key, uint64_t mask)
{
    if (mask == 0)
        return;
    ck_text_string(text, key);
    ck_text_caps(text, mask);
}

static void add_flag(struct ck_text *text, const char *word, bool flag)
{
    if (flag)
        ck_text_string(text, word);
}

void fixture_add_rule(struct ck_text *text, const struct ck_policy *policy, const struct ck_rule *rule)
{
    ck_text_printable(text, ck_policy_text(policy, rule->name));
    ck_text_char(text, ':');
    ck_text_number(text, rule->line);
    for (uint32_t i = 0; i < rule->users.count; i++) {
        ck_text_string(text, i == 0 ? " user=" : ",");
        ck_text_id(text, policy->uids[rule->users.first + i]);
    }
    add_paths(text, " launcher=", policy, &rule->launchers);
    add_paths(text, " program=", policy, &rule->programs);
    add_mask(text, " ambient=", rule->ambient_mask);
    add_mask(text, " inheritable=", rule->inheritable_mask);
    add_mask(text, " unbound=", rule->unbound_mask);
    if (rule->has_bounding) {
        ck_text_string(text, " bounding=");
        ck_text_caps(text, rule->bounding_mask);
    }
    add_flag(text, " no_new_privs", rule->no_new_privs);
    add_flag(text, " guard", rule->guard);
    add_flag(text, " no_descendants", rule->no_descendants);
    add_flag(text, " refuse", rule->refuse);
}
