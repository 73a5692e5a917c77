/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The memory of a thread that stands still. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads `size` bytes. Returns 0 or -errno; -EFAULT where they are not all there. */
int ck_memory_read(pid_t tid, uint64_t address, void *ret_data, size_t size);

/* Writes `size` bytes, which are whole words. Returns 0 or -errno: -EIO where it cannot be written to. */
int ck_memory_write(pid_t tid, uint64_t address, const void *data, size_t size);

/* Reads a string, cut to `size` with its NUL; "" where there is none. */
void ck_memory_read_string(pid_t tid, uint64_t address, char *ret_text, size_t size);
