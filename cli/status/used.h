/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Which capabilities processes make use of, by the kernel's word. No process is stopped for it, or touched. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ck_used;

/*
 * Looks on at the whole machine for so many milliseconds, or until SIGINT or SIGTERM. Returns 0, or -errno where the kernel
 * does not tell, or not us: the tracepoint of trace/tell/denials.h.
 */
int ck_used_watch(int64_t duration, struct ck_used **ret_used);

/* What was granted to a process meanwhile, and to whoever had its number before. */
uint64_t ck_used_mask(const struct ck_used *used, pid_t pid);

/* Whether the kernel had no room to tell of all. */
bool ck_used_missed_some(const struct ck_used *used);
