/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status.h"

#include <stddef.h>

static const char *const formats[] = {"text", "json", NULL};

static const struct ck_option options[] = {
    {.id = CK_STATUS_ALL, .name = "all", .excludes = "*", .help = "all processes"},
    {.id = CK_STATUS_USED,
     .name = "used",
     .kind = CK_TEXT,
     .value = "DURATION",
     .help = "look on so long, and tell of each what it has used of its capabilities, and what not"},
    {.id = CK_STATUS_FORMAT,
     .name = "format",
     .kind = CK_WORD,
     .value = "FORM",
     .words = formats,
     .help = "text or json"},
    {.name = NULL},
};

const struct ck_verb ck_status_table = {
    .name = "status",
    .purpose = "list the processes with ambient or inheritable capabilities, and who keeps them",
    .usage = "status [--all|PID...] [--used DURATION] [--format text|json]",
    .about =
        "Lists the processes that have ambient or inheritable capabilities, that libcapkeep.so is in, or that are\n"
        "supervised: their sets, whether no_new_privs is set, who keeps what they have, and by which policy. What "
        "/proc\n"
        "does not tell is \"-\" (securebits), what it does not tell you is \"?\" (of another user's process).\n"
        "\n"
        "KEEPER: library, in a launcher; supervisor; below NAME, started by such a one; file, by file capabilities;\n"
        "unknown, nobody that is still to be seen, as nothing of capkeep stays in a program. (changed), (replaced): "
        "the\n"
        "policy, or the library, is another than that which the process has loaded.\n",
    .options = options,
    .end = "Exit status: 0; 1 if there is no process PID; 125 capkeep itself failed.\n",
    .operand = CK_PROCESS,
    .has_operands = true,
};
