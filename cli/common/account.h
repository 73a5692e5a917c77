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

/* By name or uid, with its groups, in memory that is never freed. Returns 0, or -1 with the reason on stderr. */
int ck_account_find(const char *user, struct ck_account_entry *ret_entry);
