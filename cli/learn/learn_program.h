/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command's file, before anything is run. */
#include <limits.h>

#include "learn.h"

/*
 * What a policy has to call it, a script by its own name. Returns 0, or an exit status with the reason on stderr: there is
 * none, or, where it is named by its path, the user may not execute it.
 */
int ck_learn_program_find(const struct ck_learn_options *options, char ret_program[PATH_MAX]);
