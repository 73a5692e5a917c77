/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The registers of a stopped thread, as far as a system call is in them. x86-64 with i386's calls (by int 0x80, or of a
 * 32-bit program), i386 without 64-bit programs, and arm64 without its 32-bit programs.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

struct ck_registers {
#if defined(__aarch64__)
    struct user_regs_struct user;
    int call; /* NT_ARM_SYSTEM_CALL: the number of the call that is about to be made */
#else
    struct user_regs_struct user;
#endif
};

/* Both return 0 or -errno; -EOPNOTSUPP for a thread of the other word size on i386 and arm64. */
int ck_registers_read(pid_t tid, struct ck_registers *ret_registers);
int ck_registers_write(pid_t tid, const struct ck_registers *registers);

/* The stack pointer, and whether it is that of a 32-bit program. */
uint64_t ck_registers_stack(const struct ck_registers *registers, bool *ret_is_32bit);

/*
 * At the entry of a call: another call is made in its place. `is_32bit` says by which convention; it is that of the
 * instruction, which stays the same.
 */
void ck_registers_replace(struct ck_registers *registers, bool is_32bit, uint64_t number, const uint64_t args[6]);

/*
 * At the end of a call: the instruction is executed once more, for the call with that number. Its arguments are those in
 * the registers: on arm64 the first one is where a call that has been made leaves its result.
 */
void ck_registers_rewind(struct ck_registers *registers, uint64_t number);

/* At the end of a call: its first argument, as the program goes on to see it; not where the result is in its place (arm64). */
void ck_registers_set_argument(struct ck_registers *registers, bool is_32bit, uint64_t argument);

/* At the end of a call: what it returns to the program. */
void ck_registers_set_result(struct ck_registers *registers, int64_t result);

/*
 * At the end of a call: the kernel may make it again by itself, and takes its first argument from where a tracer can
 * neither read nor write, and where the next call leaves its own.
 */
bool ck_registers_hide_argument(const struct ck_registers *registers);
