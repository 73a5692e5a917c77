/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* For tests of policies: accounts and files that are the same on every machine, and rules as text to be compared. */
#include "../../shim/core/policy_rule.h"
#include "../../shim/core/text.h"

/*
 * Users: ntp (107), www-data (33), root (0); a name that begins with "n" is nearest to ntp, any other to none.
 * Files: /usr/sbin/ntpd; /bin/sh, a link to /usr/bin/dash; /srv/bin, a link to the directory /opt/bin.
 */
extern const struct ck_resolver fixture_resolver;

/*
 * Adds "NAME:LINE" and what the rule says, each as " key=value", to `text`; what it does not say is left out. A path
 * is written TEXT, TEXT/ * for a directory, and ->RESOLVED behind either where that is another.
 */
void fixture_add_rule(struct ck_text *text, const struct ck_policy *policy, const struct ck_rule *rule);
