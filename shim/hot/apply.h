/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Brings a thread to what it is to have. Knows no policy. */
#include "../core/decide.h"
#include "caller.h"

/*
 * Makes the calls by which a thread that has `now` comes to have `goal`, in the one order that the kernel allows, and
 * none that changes nothing; stops at the first that is refused. Returns 0, or -errno with that one in *ret_refused.
 */
int ck_apply(const struct ck_caller *caller, const struct ck_capset *now, const struct ck_goal *goal,
             struct ck_refused *ret_refused);
