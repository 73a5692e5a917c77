#pragma once
/*
 * The registers of a stopped thread, as far as a system call is in them. x86-64 with i386's calls (by int 0x80, or of a
 * 32-bit program), and arm64.
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

/* Both return 0 or -errno. */
int ck_registers_read(pid_t tid, struct ck_registers *ret_registers);
int ck_registers_write(pid_t tid, const struct ck_registers *registers);

/*
 * At the entry of a call: another call is made in its place. `is_32bit` says by which convention; it is that of the
 * instruction, which stays the same.
 */
void ck_registers_replace(struct ck_registers *registers, bool is_32bit, uint64_t number, const uint64_t args[6]);

/* At the end of a call: the instruction is executed once more, for the call with that number. */
void ck_registers_rewind(struct ck_registers *registers, uint64_t number);

/* At the end of a call: what it returns to the program. */
void ck_registers_set_result(struct ck_registers *registers, int64_t result);
