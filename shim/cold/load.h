#pragma once
/* The environment's policy: CAPKEEP_* as it stands when the shim is loaded. */
#include "state.h"

#include "../core/policy_parse.h"

/*
 * Fills `policy` with the rule of CAPKEEP_AMBIENT, if there is one. Returns the number of rules, or -EINVAL with one
 * sentence: then nothing at all is kept.
 */
int ck_load_environment(const char *executable, struct ck_policy *policy, struct ck_parse_error *ret_error);

/* CAPKEEP_LOG: none, stderr, syslog or an absolute path. */
int ck_load_log(struct ck_state *state, struct ck_parse_error *ret_error);
