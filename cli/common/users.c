/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "users.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The ids that were asked for; there are few. */
struct user {
    struct user *next;
    uid_t uid;
    char *name; /* or NULL */
};

static struct user *users;
static bool asks_nobody;

void ck_users_ask_nobody(void)
{
    asks_nobody = true;
}

static char *look_up_in_file(uid_t uid)
{
    FILE *file = fopen("/etc/passwd", "re");
    char *name = NULL;

    if (file == NULL)
        return NULL;
    for (const struct passwd *account; name == NULL && (account = fgetpwent(file)) != NULL;) {
        if (account->pw_uid == uid)
            name = strdup(account->pw_name);
    }
    (void)fclose(file); /* read only: nothing is lost with it */
    return name;
}

static char *look_up(uid_t uid)
{
    const struct passwd *account;

    if (asks_nobody)
        return look_up_in_file(uid);
    account = getpwuid(uid);
    return account != NULL ? strdup(account->pw_name) : NULL;
}

const char *ck_users_name(uid_t uid)
{
    for (const struct user *user = users; user != NULL; user = user->next) {
        if (user->uid == uid)
            return user->name;
    }
    struct user *user = malloc(sizeof(*user));
    if (user == NULL)
        return NULL;
    *user = (struct user){.next = users, .uid = uid, .name = look_up(uid)};
    users = user;
    return user->name;
}
