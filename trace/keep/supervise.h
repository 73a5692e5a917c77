/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The keep transaction from outside: what the preloaded library does around a launcher's credential changes and execs
 * (shim/hot/change.h), done by a supervisor that traces the launcher and makes the system calls in its name. The same
 * decisions, another executor. Nothing of it stays in a program that has been executed: no tracer, no securebit, no
 * variable.
 */
#include "../../shim/core/policy.h"
#include "../../shim/hot/emit.h"
#include "../follow/tracer.h"

struct ck_supervisor;

/*
 * `policy` is judged for each launcher anew and so is written to; both are to outlive the supervisor. Returns NULL with
 * errno set.
 */
struct ck_supervisor *ck_supervisor_new(struct ck_policy *policy, const struct ck_log *log);

/* The listener, whose context is the supervisor. */
extern const struct ck_listener ck_supervisor_listener;
