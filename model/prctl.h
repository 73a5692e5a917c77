/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The options of prctl(2) that change capabilities (cap_task_prctl), and PR_SET_NO_NEW_PRIVS. */
#include "creds.h"
#include "kernel.h"

/*
 * `args` are the second to the fifth argument of prctl. Returns what the kernel returns (PR_CAP_AMBIENT_IS_SET tells 0
 * or 1), or -ENOSYS for an option that changes nothing of a thread.
 */
int ck_prctl_call(const struct ck_kernel *kernel, const struct ck_thread *before, int option,
                  const unsigned long args[4], struct ck_outcome *ret_outcome);

/* Whether PR_CAP_AMBIENT_RAISE of `cap` is refused, and by which rule. */
bool ck_prctl_refuses_raise(const struct ck_thread *thread, unsigned cap, enum ck_kernel_rule *ret_rule);
