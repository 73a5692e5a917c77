/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "explain_options.h"

#include <stddef.h>

#include "../../shim/cold/load.h"

static const char *const sources[] = {"current", "root", NULL};
static const char *const formats[] = {"text", "json", NULL};

static const struct ck_option options[] = {
    {.id = CK_EXPLAIN_AMBIENT,
     .letter = 'a',
     .name = "ambient",
     .kind = CK_CAPS,
     .value = "CAPS",
     .repeats = true,
     .help = "wanted: names with or without cap_, or numbers, separated by commas"},
    {.id = CK_EXPLAIN_USER,
     .letter = 'u',
     .name = "user",
     .kind = CK_ACCOUNT,
     .value = "USER[:GROUP]",
     .excludes = "pid",
     .help = "whom the launcher becomes; default: the User= of the rules, if it is one"},
    {.id = CK_EXPLAIN_POLICY, .name = "policy", .kind = CK_FILE, .value = "FILE", .help = "the rules of this file"},
    {.id = CK_EXPLAIN_LAUNCHER,
     .name = "launcher",
     .kind = CK_EXECUTABLE,
     .value = "PATH",
     .excludes = "pid",
     .help = "by this launcher; default: by one that the library reaches"},
    {.id = CK_EXPLAIN_PID,
     .name = "pid",
     .kind = CK_PROCESS,
     .value = "PID",
     .excludes = "* user launcher from kernel",
     .help = "a running process: what it has, and what the rules are that are for it"},
    {.id = CK_EXPLAIN_FROM,
     .name = "from",
     .kind = CK_WORD,
     .value = "WHO",
     .words = sources,
     .excludes = "pid",
     .help = "current: from the credentials of this process (the default for root); root: from root\n"
             "with the bounding set of this process (the default for others)"},
    {.id = CK_EXPLAIN_KERNEL,
     .name = "kernel",
     .kind = CK_TEXT,
     .value = "VERSION",
     .excludes = "pid",
     .help = "as another Linux does it, 5.8 or later, as in 6.1; default: the one that runs"},
    {.id = CK_EXPLAIN_FORMAT,
     .name = "format",
     .kind = CK_WORD,
     .value = "FORM",
     .words = formats,
     .help = "text or json"},
    {.name = NULL},
};

const struct ck_verb ck_explain_table = {
    .name = "explain",
    .purpose = "predict what a program will have, and why not more; or explain a process",
    .usage = "explain [-u USER] [-a CAPS] [--policy FILE] [--launcher PATH] PROGRAM\n"
             "       capkeep explain LAUNCHER\n"
             "       capkeep explain --pid PID [-a CAPS] [--policy FILE]",
    .about = "Predicts, without running anything, what capabilities PROGRAM will have when a launcher starts it as "
             "USER, and\n"
             "for each that is wanted and does not arrive says why and what helps. Without -a and --policy, the policy "
             "is that\n"
             "of the environment, or else that of " CK_CONF_FILE "; where there is none, it tells what\n"
             "the kernel does by itself. Without -u and a policy: how LAUNCHER can be served.\n",
    .options = options,
    .operand = CK_EXECUTABLE,
    .end = "Exit status: 0 all that is wanted arrives, 1 not, 125 capkeep itself failed.\n",
};
