/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/cold/resolve.h"
#include "../../shim/core/policy_parse.h"
#include "exit.h"

static int fail_look_up(const char *verb, const char *what, const char *name, int error)
{
    return ck_fail(verb, "looking up %s %s: %s", what, name, strerror(error));
}

static int fail_unknown_user(const char *verb, const char *name)
{
    char nearest[256];

    ck_nearest_user(name, nearest, sizeof(nearest));
    return ck_fail(verb, "unknown user \"%s\"%s%s%s", name, nearest[0] != '\0' ? "; did you mean " : "", nearest,
                   nearest[0] != '\0' ? "?" : "");
}

static bool is_missing(int error)
{
    return error == 0 || error == ENOENT;
}

/* Nearly everybody is in fewer. Whoever is in more is looked up once more: each look-up reads all of /etc/group. */
enum { USUAL_GROUPS = 64 };

/* All groups, as initgroups(3) sets them. */
static int find_groups(const char *verb, const struct passwd *entry, struct ck_account *account)
{
    gid_t *groups = NULL;
    int count = USUAL_GROUPS;
    int room;
    int result;

    do {
        free(groups);
        room = count;
        groups = ck_memory(calloc((size_t)room, sizeof(*groups)));
        result = getgrouplist(entry->pw_name, entry->pw_gid, groups, &count);
    } while (result < 0 && count > room);
    if (result < 0) {
        free(groups);
        return ck_fail(verb, "looking up the groups of %s failed", entry->pw_name);
    }
    account->has_groups = true;
    account->gid = entry->pw_gid;
    account->groups = groups;
    account->group_count = (unsigned)count;
    return 0;
}

static int find_user(const char *verb, const char *name, bool has_group, struct ck_account_entry *entry)
{
    bool is_number = ck_parse_uid(name, strlen(name), &entry->account.uid) == 0;

    errno = 0;
    const struct passwd *account = is_number ? getpwuid(entry->account.uid) : getpwnam(name);
    if (account == NULL && !is_missing(errno))
        return fail_look_up(verb, "user", name, errno);
    if (account == NULL)
        return is_number ? 0 : fail_unknown_user(verb, name);
    entry->account.uid = account->pw_uid;
    (void)snprintf(entry->name, sizeof(entry->name), "%s", account->pw_name); /* no longer one is in a policy */
    return has_group ? 0 : find_groups(verb, account, &entry->account);
}

static int find_group(const char *verb, const char *name, gid_t *ret_gid)
{
    /* IDs of groups have the numbers that those of users have. */
    if (ck_parse_uid(name, strlen(name), ret_gid) == 0)
        return 0;
    errno = 0;
    const struct group *group = getgrnam(name);
    if (group == NULL && !is_missing(errno))
        return fail_look_up(verb, "group", name, errno);
    if (group == NULL)
        return ck_fail(verb, "unknown group \"%s\"", name);
    *ret_gid = group->gr_gid;
    return 0;
}

int ck_account_set_groups(const char *verb, const char *list, struct ck_account *account)
{
    char *names = ck_memory(strdup(list));
    gid_t *groups = ck_memory(calloc(strlen(list) + 1, sizeof(*groups)));
    char *rest = names;
    unsigned count = 0;

    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        if (find_group(verb, name, &groups[count++]) != 0) {
            free(names);
            free(groups);
            return CK_EXIT_FAILED;
        }
    }
    free(names);
    account->groups = groups;
    account->group_count = count;
    return 0;
}

int ck_account_find(const char *verb, const char *text, struct ck_account_entry *ret_entry)
{
    const char *colon = strchr(text, ':');
    char *name = ck_memory(strndup(text, strcspn(text, ":")));

    *ret_entry = (struct ck_account_entry){0};
    int status = find_user(verb, name, colon != NULL, ret_entry);
    free(name);
    if (status != 0 || colon == NULL)
        return status;
    struct ck_account *account = &ret_entry->account;
    if (find_group(verb, colon + 1, &account->gid) != 0)
        return CK_EXIT_FAILED;
    gid_t *groups = ck_memory(malloc(sizeof(*groups)));
    *groups = account->gid;
    account->groups = groups;
    account->group_count = 1;
    account->has_groups = true;
    return 0;
}

int ck_account_find_user(const char *verb, const char *text, struct ck_account *ret_account)
{
    struct ck_account_entry entry;

    if (ck_account_find(verb, text, &entry) != 0)
        return CK_EXIT_FAILED;
    *ret_account = entry.account;
    if (ret_account->uid == 0)
        return ck_fail(verb, "-u root: root has its capabilities anyway");
    if (!ret_account->has_groups) {
        ret_account->gid = (gid_t)ret_account->uid;
        ret_account->groups = &ret_account->gid;
        ret_account->group_count = 1;
    }
    return 0;
}
