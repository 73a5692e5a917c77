/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A rule as what the system's own means would be, where there is one: then the library is not needed. Each prints it
 * and returns 0, or returns 1 with the reason why there is none on stderr.
 */
#include "../../shim/core/policy.h"
#include "../../shim/core/text.h"

int ck_convert_to_setpriv(const struct ck_policy *policy, const struct ck_rule *rule);
int ck_convert_to_systemd(const struct ck_policy *policy, const struct ck_rule *rule);
int ck_convert_to_pam_cap(const struct ck_policy *policy, const struct ck_rule *rule);

/*
 * A drop-in for a unit of systemd that starts an init script or another launcher as root: the library goes into its
 * environment, and `rule` with it. With NULL the policy as a whole, where it is not the installed one. As above.
 */
int ck_convert_to_dropin(const struct ck_policy *policy, const struct ck_rule *rule);

/* The users of a rule separated by blanks, and what it keeps, as libcap writes an IAB. */
void ck_convert_users_text(struct ck_text *text, const struct ck_policy *policy, const struct ck_rule *rule);
void ck_convert_iab_text(struct ck_text *text, const struct ck_rule *rule);
