/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* An account, as a launcher takes it on. */
#include <stdbool.h>
#include <sys/types.h>

/* Whom the launcher becomes. */
struct ck_account {
    uid_t uid;
    bool has_groups; /* else the launcher leaves its groups alone */
    gid_t gid;
    const gid_t *groups;
    unsigned group_count;
};

struct ck_account_entry {
    struct ck_account account;
    char name[256]; /* "" for a uid that no account has */
};

/*
 * USER or USER:GROUP, by name or ID; an ID need not have an account. With GROUP it is the only group, else they are those
 * of the account, or not known. In memory that is never freed. Returns 0, or an exit status with the reason on stderr.
 */
int ck_account_find(const char *verb, const char *text, struct ck_account_entry *ret_entry);

/* Whom `run -u` becomes: not root; and without an account and without GROUP it is the group with the user's number alone. */
int ck_account_find_user(const char *verb, const char *text, struct ck_account *ret_account);

/* GROUP,GROUP,… by name or ID, as above. */
int ck_account_set_groups(const char *verb, const char *list, struct ck_account *account);
