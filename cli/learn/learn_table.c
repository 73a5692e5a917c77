/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn.h"

#include <stddef.h>

static const char *const formats[] = {"text", "json", NULL};

static const struct ck_option options[] = {
    {.id = CK_LEARN_USER,
     .letter = 'u',
     .name = "user",
     .kind = CK_ACCOUNT,
     .value = "USER",
     .help = "as whom COMMAND runs, with the user's groups; not root"},
    {.id = CK_LEARN_CHECK,
     .name = "check",
     .kind = CK_TEXT,
     .value = "COMMAND",
     .help = "for sh -c, as the caller, after each run: status 0 means that it did its work. CAPKEEP_STATUS is\n"
             "its exit status, CAPKEEP_OUTPUT a file with what it wrote. Default: it ended with status 0"},
    {.id = CK_LEARN_UNTIL,
     .name = "until",
     .kind = CK_TEXT,
     .value = "COMMAND",
     .help = "for a daemon: tried until it succeeds; then the daemon has passed, and is ended"},
    {.id = CK_LEARN_BEFORE,
     .name = "before",
     .kind = CK_TEXT,
     .value = "COMMAND",
     .help = "before each run, as the caller; if it fails, learn ends"},
    {.id = CK_LEARN_AFTER,
     .name = "after",
     .kind = CK_TEXT,
     .value = "COMMAND",
     .help = "after each run and its check, as the caller"},
    {.id = CK_LEARN_TIMEOUT,
     .name = "timeout",
     .kind = CK_TEXT,
     .value = "DURATION",
     .help = "a run that takes longer has failed: 500ms, 5, 5s, 2m; default 30s"},
    {.id = CK_LEARN_FROM,
     .name = "from",
     .kind = CK_CAPS,
     .value = "CAPS",
     .repeats = true,
     .help = "never give more than these; default: all that the caller has"},
    {.id = CK_LEARN_CONFIRM,
     .name = "confirm",
     .kind = CK_TEXT,
     .value = "N",
     .help = "the set has to pass N times more; default 1"},
    {.id = CK_LEARN_ALL, .name = "all", .help = "every minimal set, by trying all subsets of at most 10 candidates"},
    {.id = CK_LEARN_RUNS, .name = "runs", .help = "run nothing; say what would be run as whom, and how often"},
    {.id = CK_LEARN_ONCE,
     .name = "once",
     .help = "run COMMAND a single time, and make the calls again that it is denied; nothing is proven then"},
    {.id = CK_LEARN_MERGE,
     .name = "merge",
     .operand = CK_FILE,
     .help = "run nothing; unite what these FILEs hold, each the JSON of one learn"},
    {.id = CK_LEARN_PID,
     .letter = 'p',
     .name = "pid",
     .kind = CK_PROCESS,
     .value = "PID",
     .help = "run nothing; watch a process that runs, as it is: what it is granted, what it is denied"},
    {.id = CK_LEARN_STOP_AFTER,
     .name = "stop-after",
     .kind = CK_TEXT,
     .value = "DURATION",
     .help = "with -p: so long; else until a signal, or until the process ends"},
    {.id = CK_LEARN_FORMAT,
     .letter = 'f',
     .name = "format",
     .kind = CK_WORD,
     .value = "FORMAT",
     .words = formats,
     .help = "text (the default), which is a policy; or json"},
    {.id = CK_LEARN_OUTPUT,
     .letter = 'o',
     .name = "output",
     .kind = CK_FILE,
     .value = "FILE",
     .help = "write there; else to standard output"},
    {.name = NULL},
};

const struct ck_verb ck_learn_table = {
    .name = "learn",
    .purpose = "find the capabilities that a command needs, and prove it",
    .usage = "learn -u USER [OPTION...] [--] COMMAND [ARG...]\n"
             "       capkeep learn --once -u USER [OPTION...] [--] COMMAND [ARG...]\n"
             "       capkeep learn -p PID [--stop-after DURATION] [--format text|json]\n"
             "       capkeep learn --merge [--format text|json] FILE...",
    .about =
        "Runs COMMAND as USER several times, with fewer and fewer capabilities, and tells the smallest set with which "
        "it\n"
        "passes its check; without any one of them it does not. One of the runs is with all of root's capabilities.\n",
    .options = options,
    .operand = CK_COMMAND_LINE,
    .end = "Exit status: 0 a set was found, the empty one too; 1 nothing is proven (--once, -p, --merge of what is "
           "not); 3 "
           "capabilities alone are not enough; 4 the check is not\n"
           "steady; 125 capkeep itself failed; 126 found but not executable; 127 not found; 128+N ended by signal N.\n",
};
