/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What a call was refused that no capability would have helped it to: a capability that cannot be raised in ambient, a set
 * that asks for more than there is, a securebit that is locked, a program whose file capabilities are beyond bounding, a
 * seccomp filter.
 */
#include "session_work.h"

/* After a watched call that has failed with `error`. Returns false where it is none of these. */
bool ck_refusal_find(const struct ck_kernel *kernel, const struct ck_tracee *tracee, int error,
                     struct ck_refusal *ret_refusal);
