/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Memory for what is too large for the caller's stack, which may be a thread's of PTHREAD_STACK_MIN or an alternate one
 * of 8 KiB. There is no heap here: it is mapped, and unmapped again before the wrapper returns, in a vfork child too,
 * which shares it with its parent. Two system calls, so it is for what is seldom, or large.
 */
#include <stddef.h>

/* Memory of that size, all zero; NULL where it cannot be had. */
void *ck_scratch_take(size_t size);
void ck_scratch_give_back(void *memory, size_t size);
