/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Before an exec and, where it fails, after it (contract C2). As hot/change.h: whoever makes the calls comes through here. */
#include "../core/decide.h"
#include "caller.h"

/* What was made of the thread; nothing where both are the same. */
struct ck_exec_undo {
    struct ck_capset before;
    struct ck_capset prepared;
};

/*
 * Raises what `keep` gives, lowers what it keeps for other programs. Returns 0 with what takes it all back in *ret_undo,
 * or -EPERM where OnFailure=refuse forbids the exec (everything is taken back then).
 */
int ck_exec_prepare(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_exec_facts *exec,
                    struct ck_exec_undo *ret_undo, struct ck_verdict *ret_verdict);

/* The exec has failed: puts the thread back as it was, but for what somebody else has changed since. False: refused. */
bool ck_exec_take_back(const struct ck_caller *caller, struct ck_exec_undo *undo);
