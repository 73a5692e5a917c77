#pragma once
/* An account, as a launcher takes it on. */
#include "launch.h"

struct ck_account_entry {
    struct ck_account account;
    char name[256]; /* "" for a uid that no account has */
};

/* By name or uid, with its groups, in memory that is never freed. Returns 0, or -1 with the reason on stderr. */
int ck_account_find(const char *user, struct ck_account_entry *ret_entry);
