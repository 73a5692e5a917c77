/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "registers.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#if !defined(__x86_64__)

/* Returns how many bytes of `data` the set has filled, or -errno. */
static int transfer(enum __ptrace_request request, pid_t tid, int set, void *data, size_t size)
{
    struct iovec part = {data, size};

    return ptrace(request, tid, (void *)(intptr_t)set, &part) < 0 ? -errno : (int)part.iov_len;
}

#endif

#if defined(__x86_64__)

/* PTRACE_GETREGS has one form for threads of either word size, where NT_PRSTATUS has two. */

/* Both "syscall" and "int $0x80" are two bytes long; the kernel restarts calls by going back as far. */
#define INSTRUCTION_SIZE 2

int ck_registers_read(pid_t tid, struct ck_registers *ret_registers)
{
    return ptrace(PTRACE_GETREGS, tid, NULL, &ret_registers->user) < 0 ? -errno : 0;
}

int ck_registers_write(pid_t tid, const struct ck_registers *registers)
{
    return ptrace(PTRACE_SETREGS, tid, NULL, &registers->user) < 0 ? -errno : 0;
}

void ck_registers_replace(struct ck_registers *registers, bool is_32bit, uint64_t number, const uint64_t args[6])
{
    struct user_regs_struct *user = &registers->user;

    user->orig_rax = number;
    if (is_32bit) {
        user->rbx = args[0];
        user->rcx = args[1];
        user->rdx = args[2];
        user->rsi = args[3];
        user->rdi = args[4];
        user->rbp = args[5];
        return;
    }
    user->rdi = args[0];
    user->rsi = args[1];
    user->rdx = args[2];
    user->r10 = args[3];
    user->r8 = args[4];
    user->r9 = args[5];
}

void ck_registers_rewind(struct ck_registers *registers, uint64_t number)
{
    registers->user.rip -= INSTRUCTION_SIZE;
    registers->user.rax = number;
    /* Else the kernel might take an error code in rax for a call that it has to restart by itself. */
    registers->user.orig_rax = (unsigned long long)-1;
}

void ck_registers_set_argument(struct ck_registers *registers, bool is_32bit, uint64_t argument)
{
    if (is_32bit)
        registers->user.rbx = argument;
    else
        registers->user.rdi = argument;
}

void ck_registers_set_result(struct ck_registers *registers, int64_t result)
{
    registers->user.rax = (unsigned long long)result;
}

bool ck_registers_hide_argument(const struct ck_registers *registers)
{
    (void)registers; /* all arguments stay in their registers */
    return false;
}

/* The code segment of 32-bit programs (__USER32_CS). */
#define CODE_32BIT 0x23

uint64_t ck_registers_stack(const struct ck_registers *registers, bool *ret_is_32bit)
{
    *ret_is_32bit = registers->user.cs == CODE_32BIT;
    return registers->user.rsp;
}

#elif defined(__i386__)

/* Of "int $0x80"; behind the vDSO's "sysenter" stands one for the calls that are to be made again (int80_landing_pad). */
#define INSTRUCTION_SIZE 2

/* A 64-bit thread of the machine's has more: what is cut off could not be put back. */
int ck_registers_read(pid_t tid, struct ck_registers *ret_registers)
{
    union {
        struct user_regs_struct user;
        char room[4 * sizeof(struct user_regs_struct)];
    } found;
    int result = transfer(PTRACE_GETREGSET, tid, NT_PRSTATUS, &found, sizeof(found));

    if (result < 0)
        return result;
    if ((size_t)result != sizeof(found.user))
        return -EOPNOTSUPP;
    ret_registers->user = found.user;
    return 0;
}

int ck_registers_write(pid_t tid, const struct ck_registers *registers)
{
    struct user_regs_struct copy = registers->user;
    int result = transfer(PTRACE_SETREGSET, tid, NT_PRSTATUS, &copy, sizeof(copy));

    return result < 0 ? result : 0;
}

void ck_registers_replace(struct ck_registers *registers, bool is_32bit, uint64_t number, const uint64_t args[6])
{
    struct user_regs_struct *user = &registers->user;

    (void)is_32bit; /* no other thread's registers are read */
    user->orig_eax = (long)number;
    user->ebx = (long)args[0];
    user->ecx = (long)args[1];
    user->edx = (long)args[2];
    user->esi = (long)args[3];
    user->edi = (long)args[4];
    user->ebp = (long)args[5];
}

void ck_registers_rewind(struct ck_registers *registers, uint64_t number)
{
    registers->user.eip -= INSTRUCTION_SIZE;
    registers->user.eax = (long)number;
    registers->user.orig_eax = -1; /* no call to be restarted, as on x86-64 */
}

void ck_registers_set_argument(struct ck_registers *registers, bool is_32bit, uint64_t argument)
{
    (void)is_32bit; /* no other thread's registers are read */
    registers->user.ebx = (long)argument;
}

void ck_registers_set_result(struct ck_registers *registers, int64_t result)
{
    registers->user.eax = (long)result;
}

bool ck_registers_hide_argument(const struct ck_registers *registers)
{
    (void)registers; /* as on x86-64 */
    return false;
}

uint64_t ck_registers_stack(const struct ck_registers *registers, bool *ret_is_32bit)
{
    *ret_is_32bit = true;
    return (uint32_t)registers->user.esp;
}

#elif defined(__aarch64__)

/*
 * x7 cannot be saved: at the stops of a call the kernel shows 0 or 1 in it, and puts the thread's own value back
 * afterwards, whatever has been written (report_syscall in arch/arm64/kernel/ptrace.c). As everything here is written at
 * such stops, that is what keeps it.
 */

#define INSTRUCTION_SIZE 4

/* What is there is as long as `data`, or it is something else: of a 32-bit thread, registers of 32 bits. */
static int transfer_whole(enum __ptrace_request request, pid_t tid, int set, void *data, size_t size)
{
    int result = transfer(request, tid, set, data, size);

    if (result < 0)
        return result;
    return (size_t)result == size ? 0 : -EOPNOTSUPP;
}

int ck_registers_read(pid_t tid, struct ck_registers *ret_registers)
{
    int result = transfer_whole(PTRACE_GETREGSET, tid, NT_PRSTATUS, &ret_registers->user, sizeof(ret_registers->user));

    if (result < 0)
        return result;
    return transfer_whole(PTRACE_GETREGSET, tid, NT_ARM_SYSTEM_CALL, &ret_registers->call, sizeof(ret_registers->call));
}

int ck_registers_write(pid_t tid, const struct ck_registers *registers)
{
    struct ck_registers copy = *registers;
    int result = transfer_whole(PTRACE_SETREGSET, tid, NT_PRSTATUS, &copy.user, sizeof(copy.user));

    if (result < 0)
        return result;
    return transfer_whole(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &copy.call, sizeof(copy.call));
}

void ck_registers_replace(struct ck_registers *registers, bool is_32bit, uint64_t number, const uint64_t args[6])
{
    (void)is_32bit; /* no 32-bit thread's registers are read */
    registers->call = (int)number;
    for (int i = 0; i < 6; i++)
        registers->user.regs[i] = args[i];
}

void ck_registers_rewind(struct ck_registers *registers, uint64_t number)
{
    registers->user.pc -= INSTRUCTION_SIZE;
    /* The kernel looks at its lower half alone (do_el0_svc); what a program has left in the upper one stays. */
    if ((uint32_t)registers->user.regs[8] != (uint32_t)number)
        registers->user.regs[8] = number;
    /* No call any more: else the kernel might take an argument in x0 for the error code of one that it has to restart. */
    registers->call = -1;
}

void ck_registers_set_argument(struct ck_registers *registers, bool is_32bit, uint64_t argument)
{
    (void)registers; /* x0 has the result */
    (void)is_32bit;
    (void)argument;
}

void ck_registers_set_result(struct ck_registers *registers, int64_t result)
{
    registers->user.regs[0] = (unsigned long long)result;
}

uint64_t ck_registers_stack(const struct ck_registers *registers, bool *ret_is_32bit)
{
    *ret_is_32bit = false;
    return registers->user.sp;
}

/* x0 is both; the argument is kept as orig_x0, which is in no set of registers. */
bool ck_registers_hide_argument(const struct ck_registers *registers)
{
    /* ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: no user space header has them. */
    static const int restarts[] = {512, 513, 514, 516};

    for (size_t i = 0; i < sizeof(restarts) / sizeof(restarts[0]); i++) {
        if (registers->call != -1 && (int64_t)registers->user.regs[0] == -restarts[i])
            return true;
    }
    return false;
}

#else
#error "trace/arch/registers.c: the registers of this architecture's system calls are missing"
#endif
