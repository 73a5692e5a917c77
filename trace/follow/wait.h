/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The one place that waits for what is traced. Whoever waits for one thread alone waits for ever: the kernel tells the end
 * of a process's first thread, and finishes another thread's exec, only when the ends of all its other threads have been
 * waited for (ptrace(2), "execve(2) under ptrace"; delay_group_leader). So all are waited for always, and what comes from
 * others meanwhile is kept for the next who asks. There is one of this in a process, as waitpid(2) is for all of it.
 */
#include <sys/types.h>

/* What was kept, the oldest first, or else what comes next. As waitpid(2): -1 with errno, EINTR among them. */
pid_t ck_wait_for_any(int *ret_status);

/* What comes next from this thread. Returns 0, or -ECHILD where it is none of ours. */
int ck_wait_for_one(pid_t tid, int *ret_status);

/* Takes back what the above have told, to be told again. */
void ck_wait_keep(pid_t tid, int status);
