/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* i386 has one system call for all that is done to sockets, with its arguments in memory (socketcall(2)). */
#include <stdbool.h>
#include <stdint.h>

#include "../follow/tracer.h"

/* At its entry: which one it stands for, of those that concern us here. Returns false for another. */
bool ck_socketcall_read(const struct ck_tracee *tracee, const char **ret_call, uint64_t ret_args[6]);
