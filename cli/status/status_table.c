#include "status.h"

#include <stddef.h>

static const char *const formats[] = {"text", "json", NULL};

static const struct ck_option options[] = {
    {.id = CK_STATUS_ALL, .name = "all", .excludes = "*", .help = "all processes"},
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
    .purpose = "list the processes with ambient or inheritable capabilities",
    .usage = "status [--all|PID...] [--format text|json]",
    .about =
        "Lists the processes that have ambient or inheritable capabilities, or libcapkeep.so in them: their sets, and\n"
        "whether no_new_privs is set. What /proc does not tell is \"-\" (securebits), what it does not tell you is "
        "\"?\"\n"
        "(whether the library is in another user's process).\n",
    .options = options,
    .end = "Exit status: 0; 1 if there is no process PID; 125 capkeep itself failed.\n",
    .operand = CK_PROCESS,
    .has_operands = true,
};
