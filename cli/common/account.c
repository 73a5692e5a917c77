#include "account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/cold/resolve.h"
#include "../../shim/core/policy_parse.h"

static int fail(const char *user, int error)
{
    char nearest[256];

    if (error != 0 && error != ENOENT) {
        fprintf(stderr, "capkeep: explain: looking up user %s: %s\n", user, strerror(error));
        return -1;
    }
    ck_nearest_user(user, nearest, sizeof(nearest));
    fprintf(stderr, "capkeep: explain: unknown user \"%s\"%s%s%s\n", user, nearest[0] != '\0' ? "; did you mean " : "",
            nearest, nearest[0] != '\0' ? "?" : "");
    return -1;
}

/* All groups, as initgroups(3) sets them. */
static int find_groups(const struct passwd *entry, struct ck_account *account)
{
    int count = 0;

    (void)getgrouplist(entry->pw_name, entry->pw_gid, NULL, &count); /* it fails, and says how many there are */
    gid_t *groups = calloc((size_t)count + 1, sizeof(*groups));
    if (groups == NULL || getgrouplist(entry->pw_name, entry->pw_gid, groups, &count) < 0) {
        fprintf(stderr, "capkeep: explain: looking up the groups of %s failed\n", entry->pw_name);
        free(groups);
        return -1;
    }
    account->has_groups = true;
    account->gid = entry->pw_gid;
    account->groups = groups;
    account->group_count = (unsigned)count;
    return 0;
}

int ck_account_find(const char *user, struct ck_account_entry *ret_entry)
{
    uid_t uid;
    bool is_number = ck_parse_uid(user, strlen(user), &uid) == 0;

    *ret_entry = (struct ck_account_entry){0};
    errno = 0;
    const struct passwd *entry = is_number ? getpwuid(uid) : getpwnam(user);
    if (entry == NULL && !is_number)
        return fail(user, errno);
    if (entry == NULL) {
        /* A launcher can take on any number; it has no groups of its own then. */
        ret_entry->account.uid = uid;
        return 0;
    }
    ret_entry->account.uid = entry->pw_uid;
    (void)snprintf(ret_entry->name, sizeof(ret_entry->name), "%s", entry->pw_name); /* no longer one is in a policy */
    return find_groups(entry, &ret_entry->account);
}
