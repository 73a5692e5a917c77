/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * registers_kept UID: changes to UID by setresuid in a system call of its own, with a pattern in every register, in the
 * vector registers and in the red zone below the stack, and prints what is another afterwards. rax has the result; rcx
 * and r11 what the instruction leaves there, the address behind it and the flags.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { RBX, RBP, R12, R13, R14, R15, RDI, RSI, RDX, R10, R8, R9, RAX, R11, RCX, RED_ZONE, WORDS = RED_ZONE + 16 };

static const char *const names[] = {"rbx", "rbp", "r12", "r13", "r14", "r15", "rdi",
                                    "rsi", "rdx", "r10", "r8",  "r9",  "rax"};

/* Makes the call with the registers of `before`, the last of which is the number; tells all of `ret_after`. */
void make_call(const uint64_t before[RAX + 1], uint64_t ret_after[WORDS]);

extern const char behind_the_call;

__asm__(".text\n"
        ".globl make_call\n"
        "make_call:\n"
        "  push %rbx\n push %rbp\n push %r12\n push %r13\n push %r14\n push %r15\n push %rsi\n"
        "  mov %rdi, %rax\n"
        "  mov $0x1122334455667788, %r11\n"
        "  .set slot, 1\n"
        "  .rept 16\n"
        "  mov %r11, -8*slot(%rsp)\n"
        "  .set slot, slot+1\n"
        "  .endr\n"
        "  mov (%rax), %rbx\n mov 8(%rax), %rbp\n mov 16(%rax), %r12\n mov 24(%rax), %r13\n"
        "  mov 32(%rax), %r14\n mov 40(%rax), %r15\n mov 48(%rax), %rdi\n mov 56(%rax), %rsi\n"
        "  mov 64(%rax), %rdx\n mov 72(%rax), %r10\n mov 80(%rax), %r8\n mov 88(%rax), %r9\n"
        "  mov 96(%rax), %rax\n"
        "  std\n" /* a flag that nothing sets by itself */
        "  syscall\n"
        ".globl behind_the_call\n"
        "behind_the_call:\n"
        "  cld\n"
        "  movq %rcx, %xmm15\n" /* a place for it that is not compared */
        "  mov (%rsp), %rcx\n"
        "  mov %rbx, (%rcx)\n mov %rbp, 8(%rcx)\n mov %r12, 16(%rcx)\n mov %r13, 24(%rcx)\n"
        "  mov %r14, 32(%rcx)\n mov %r15, 40(%rcx)\n mov %rdi, 48(%rcx)\n mov %rsi, 56(%rcx)\n"
        "  mov %rdx, 64(%rcx)\n mov %r10, 72(%rcx)\n mov %r8, 80(%rcx)\n mov %r9, 88(%rcx)\n"
        "  mov %rax, 96(%rcx)\n mov %r11, 104(%rcx)\n movq %xmm15, 112(%rcx)\n"
        "  .set slot, 1\n"
        "  .rept 16\n"
        "  mov -8*slot(%rsp), %rax\n"
        "  mov %rax, 112+8*slot(%rcx)\n"
        "  .set slot, slot+1\n"
        "  .endr\n"
        "  pop %rsi\n pop %r15\n pop %r14\n pop %r13\n pop %r12\n pop %rbp\n pop %rbx\n"
        "  ret\n");

static unsigned compare(const uint64_t *before, const uint64_t *after)
{
    unsigned changed = 0;

    for (int i = RBX; i <= R9; i++) {
        if (before[i] != after[i])
            printf("%s: %llx\n", names[i], (unsigned long long)after[i]);
        changed += before[i] != after[i];
    }
    for (int i = RED_ZONE; i < WORDS; i++)
        changed += after[i] != 0x1122334455667788;
    return changed;
}

int main(int argc, char *argv[])
{
    static _Alignas(64) char vectors[2][512];
    uint64_t uid = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    uint64_t before[RAX + 1];
    uint64_t after[WORDS];

    for (uint64_t i = 0; i <= RAX; i++)
        before[i] = 0xfedcba9876543210 + i;
    before[RDI] = before[RSI] = before[RDX] = uid;
    before[RAX] = SYS_setresuid;
    __asm__ volatile("fxsave %0" : "=m"(vectors[0]));
    make_call(before, after);
    __asm__ volatile("fxsave %0" : "=m"(vectors[1]));
    printf("result: %lld\n", (long long)after[RAX]);
    printf("changed: %u\n", compare(before, after));
    printf("behind the call: %s\n", after[RCX] == (uintptr_t)&behind_the_call ? "yes" : "no");
    printf("direction flag: %s\n", (after[R11] & 0x400) != 0 ? "yes" : "no");
    /* The mxcsr and the first 15 vector registers. */
    printf("vectors: %s\n",
           memcmp(vectors[0] + 24, vectors[1] + 24, 4) == 0 && memcmp(vectors[0] + 160, vectors[1] + 160, 240) == 0
               ? "same"
               : "changed");
    return 0;
}
