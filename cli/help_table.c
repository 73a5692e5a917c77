/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verbs.h"

#include <stddef.h>

static const struct ck_option options[] = {
    {.id = 1, .letter = 'h', .name = "help", .help = "print this summary"},
    {.name = NULL},
};

const struct ck_verb ck_help_table = {
    .name = "help",
    .purpose = "list the verbs, or the options of a verb",
    .options = options,
    .operand = CK_VERB_NAME,
};
