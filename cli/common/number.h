/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Numbers on the command line. */
#include <stdint.h>
#include <sys/types.h>

/* A whole decimal process ID. Returns 0 or -EINVAL. */
int ck_number_pid(const char *text, pid_t *ret_pid);

/* "500ms", "5", "5s", "2m", "1h"; more than nothing, and not over a day. In milliseconds. Returns 0 or -EINVAL. */
int ck_number_duration(const char *text, int64_t *ret_ms);
