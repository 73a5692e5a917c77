/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check.h"

#include <stddef.h>

#include "../../shim/cold/load.h"

static const struct ck_option options[] = {
    {.id = CK_CHECK_POLICY, .name = "policy", .kind = CK_FILE, .value = "FILE", .help = "this file instead"},
    {.id = CK_CHECK_STRICT,
     .name = "strict",
     .help = "a warning counts as a mistake, and so does a rule for any user or any program"},
    {.name = NULL},
};

const struct ck_verb ck_check_table = {
    .name = "check",
    .purpose = "say whether a policy is valid",
    .usage = "check [--strict] [[--policy] FILE]",
    .about = "Reads the policy as the library would here: that of CAPKEEP_* in the environment, or else\n" CK_CONF_FILE
             " and " CK_CONF_DROP_INS "/*.conf. Reports every mistake, and what is valid\n"
             "but probably not meant.\n",
    .options = options,
    .operand = CK_FILE,
    .end = "Exit status: 0 valid, 1 not, 125 capkeep itself failed.\n",
};
