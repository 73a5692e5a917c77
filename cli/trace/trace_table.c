/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace.h"

#include <stddef.h>

/* In the order of the forms in trace.c. */
static const char *const formats[] = {"text", "json", "html", NULL};

static const struct ck_option options[] = {
    {.id = CK_TRACE_FORMAT,
     .letter = 'f',
     .name = "format",
     .kind = CK_WORD,
     .value = "FORMAT",
     .words = formats,
     .help = "text (the default); json: one object a line; or html: one file for a browser"},
    {.id = CK_TRACE_OUTPUT,
     .letter = 'o',
     .name = "output",
     .kind = CK_FILE,
     .value = "FILE",
     .help = "write there; else to standard error"},
    {.id = CK_TRACE_PID,
     .letter = 'p',
     .name = "pid",
     .kind = CK_PROCESS,
     .value = "PID",
     .excludes = "* seccomp-bpf",
     .help = "attach to this process, all its threads, and what it starts from now on"},
    {.id = CK_TRACE_SUGGEST, .name = "suggest", .help = "end with the smallest policy that would have helped"},
    {.id = CK_TRACE_FILTER,
     .name = "seccomp-bpf",
     .excludes = "pid",
     .help = "stop only at the calls that matter. Faster, but only for what ends before the trace does:\n"
             "the filter stays, and what runs on without a tracer fails in those calls (ENOSYS)"},
    {.name = NULL},
};

const struct ck_verb ck_trace_table = {
    .name = "trace",
    .purpose = "show where a command loses capabilities, and why",
    .usage = "trace [OPTION...] [--] COMMAND [ARG...]\n"
             "       capkeep trace [OPTION...] -p PID",
    .about =
        "Runs COMMAND, or attaches to a process, follows everything that it starts, and tells at which call, in which\n"
        "process and by which rule of the kernel each capability was lost, and which calls failed for want of one.\n",
    .options = options,
    .operand = CK_COMMAND_LINE,
    .end =
        "SIGTERM and SIGHUP end the trace, and so does Ctrl-C with -p or once COMMAND itself has ended; what was "
        "traced\n"
        "runs on.\n"
        "\n"
        "Exit status: that of COMMAND; 125 capkeep itself failed, or COMMAND has ended with 0 and not all of the trace "
        "could\n"
        "be written; 126 found but not executable; 127 not found; 128+N ended by signal N before COMMAND has ended.\n",
};
