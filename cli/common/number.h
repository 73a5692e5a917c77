/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Numbers on the command line. */
#include <stdint.h>
#include <sys/types.h>

#include "options.h"

/* A whole decimal process ID. Returns 0 or -EINVAL. */
int ck_number_pid(const char *text, pid_t *ret_pid);

/* The value of --pid, which is one. Returns 0, or an exit status with the reason on stderr. */
int ck_number_take_pid(const char *verb, const struct ck_given *given, pid_t *ret_pid);

/* "500ms", "5", "5s", "2m", "1h"; more than nothing, and not over a day. In milliseconds. Returns as above. */
int ck_number_take_duration(const char *verb, const struct ck_given *given, int64_t *ret_ms);
