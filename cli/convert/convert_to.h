#pragma once
/*
 * A rule as what the system's own means would be, where there is one: then the library is not needed. Each prints it
 * and returns 0, or returns 1 with the reason why there is none on stderr.
 */
#include "../../shim/core/policy.h"

int ck_convert_to_setpriv(const struct ck_policy *policy, const struct ck_rule *rule);
int ck_convert_to_systemd(const struct ck_policy *policy, const struct ck_rule *rule);
int ck_convert_to_pam_cap(const struct ck_policy *policy, const struct ck_rule *rule);
