/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* `--method=ptrace`: this process and all that it starts is supervised from here on. */
#include "../../shim/core/policy.h"
#include "../../shim/hot/emit.h"

enum { CK_SUPERVISE_WHY_SIZE = 320 };

/*
 * Starts the supervisor: a process of its own session, no child of this one, that ends with the last launcher. Returns 0,
 * or -1 with half a line in ret_why, to follow "it cannot be supervised: "; then nothing has been started.
 */
int ck_supervise(struct ck_policy *policy, const struct ck_log *log, char ret_why[CK_SUPERVISE_WHY_SIZE]);
