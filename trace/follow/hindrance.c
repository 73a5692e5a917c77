/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hindrance.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../shim/core/text.h"
#include "../proc/proc.h"

static void tell_holder(pid_t holder, char ret_text[CK_HINDRANCE_SIZE])
{
    char printable[4 * 64] = "another";
    struct ck_text comm = ck_text_start(printable, sizeof(printable));
    struct ck_proc proc;

    if (ck_proc_read(holder, &proc) == 0)
        ck_text_printable(&comm, proc.comm);
    (void)snprintf(ret_text, CK_HINDRANCE_SIZE, "%.100s (process %d) traces it already, and a process has one tracer",
                   printable, holder);
}

void ck_hindrance_tell(const struct ck_tracer *tracer, int error, char ret_text[CK_HINDRANCE_SIZE])
{
    const char *why;

    if (error == EPERM && ck_tracer_holder(tracer) != 0) {
        tell_holder(ck_tracer_holder(tracer), ret_text);
        return;
    }
    switch (error) {
    case EPERM:
        why = "tracing is not allowed here: Operation not permitted (kernel.yama.ptrace_scope? a seccomp profile?)";
        break;
    case ENOENT:
        why = "there is no /proc, and a tracer needs it";
        break;
    case EOPNOTSUPP:
        why = "this kernel does not tell a tracer of system calls (PTRACE_GET_SYSCALL_INFO, Linux 5.3)";
        break;
    default:
        why = strerror(error);
    }
    (void)snprintf(ret_text, CK_HINDRANCE_SIZE, "%s", why); /* it fits */
}
