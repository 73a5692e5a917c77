#pragma once
/* `capkeep run -u`: capkeep is the launcher itself, and no library is involved. */
#include "../../shim/core/policy.h"
#include "../../shim/hot/emit.h"

/*
 * Takes on `user` (a name or uid) with its groups, keeps what `policy` gives it, and executes `command`. Returns only
 * on failure: an exit status, with the reason on stderr.
 */
int ck_become(const char *user, const struct ck_policy *policy, const struct ck_log *log, char *const command[]);
