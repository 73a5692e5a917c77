/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Which capabilities left which set, by the rule that removed them. After a call each capability that was in a set and
 * is not any more stands in that set of exactly one rule.
 */
#include "../shim/core/capset.h"
#include "rules.h"

struct ck_losses {
    struct ck_capset by_rule[CK_RULE_COUNT];
};
