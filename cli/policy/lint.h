#pragma once
/* What is valid in a policy, but probably not meant. */
#include "../../shim/core/policy.h"

typedef void ck_lint_say(const char *file, unsigned line, const char *text);

/* Calls `say` for each doubt, in the order of the rules, and returns how many there were. */
unsigned ck_lint(const struct ck_policy *policy, ck_lint_say *say);
