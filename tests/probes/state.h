/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The kernel's account of a thread, one "Key:\tvalue" line each, as /proc/PID/status writes them. */
#include <stdio.h>

/*
 * Prints the name, credentials, capability sets, no_new_privs and signal masks that the status file of `task` tells
 * ("/proc/self", "/proc/self/task/42"). Returns 0, or -1 where that thread has ended.
 */
int state_print_task(FILE *out, const char *task);

/* What only the calling thread can ask for itself: securebits, and whether SECBIT_KEEP_CAPS reads as set. */
void state_print_own(FILE *out);
