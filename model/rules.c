/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rules.h"

static const struct ck_rule_info rules[] = {
#define CK_RULE(name, code, text, section, functions) {code, text, section, functions},
#include "rules.def"
#undef CK_RULE
};

const struct ck_rule_info *ck_rule_describe(enum ck_kernel_rule rule)
{
    return &rules[rule];
}
