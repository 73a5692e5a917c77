/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The process that carries out one run: it starts the command, looks on if it is to, and ends what the command leaves
 * behind. A process of its own for each, as what is left behind comes to it, and to nobody else (PR_SET_CHILD_SUBREAPER);
 * what --before has started is none of its business.
 */
#include <signal.h>

#include "learn_run.h"

/* Sent to it: the command is to end, at once or when it is ready. */
#define CK_LEARN_SIGNAL_END SIGTERM
#define CK_LEARN_SIGNAL_KILL SIGUSR2

/* In a child of `parent`, with these two signals blocked; `mask` is what the command gets. Does not return. */
_Noreturn void ck_learn_runner(const struct ck_learn_options *options, const struct ck_learn_run *run, pid_t parent,
                               const sigset_t *mask, struct ck_learn_report *report);
