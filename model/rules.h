/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The rules by which capabilities are lost or not gained: a stable code, a line of text, and where it is written. */

enum ck_kernel_rule {
#define CK_RULE(name, code, text, section, functions) CK_RULE_##name,
#include "rules.def"
#undef CK_RULE
    CK_RULE_COUNT,
};

struct ck_rule_info {
    const char *code;      /* never changes; scripts may compare it */
    const char *text;      /* for people; may change */
    const char *section;   /* of capabilities(7), unless it names another page */
    const char *functions; /* of the kernel */
};

const struct ck_rule_info *ck_rule_describe(enum ck_kernel_rule rule);
