/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * registers_kept UID, for arm64: changes to UID by setresuid in a system call of its own, with a pattern in every register, in
 * the vector registers and in the flags, and prints what is another afterwards. x0 has the result.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

struct registers {
    uint64_t x[31];
    uint64_t flags;
    _Alignas(16) unsigned char q[32][16];
};
_Static_assert(offsetof(struct registers, flags) == 248 && offsetof(struct registers, q) == 256,
               "make_call has the offsets in numbers");

/* Makes the call with these registers, of which x8 is the number; tells all that there are behind it. */
void make_call(const struct registers *before, struct registers *ret_after);

__asm__(
    ".text\n"
    ".globl make_call\n"
    "make_call:\n"
    "  stp x29, x30, [sp, #-176]!\n"
    "  stp x19, x20, [sp, #16]\n stp x21, x22, [sp, #32]\n stp x23, x24, [sp, #48]\n"
    "  stp x25, x26, [sp, #64]\n stp x27, x28, [sp, #80]\n stp x18, x1, [sp, #96]\n"
    "  stp d8, d9, [sp, #112]\n stp d10, d11, [sp, #128]\n"
    "  stp d12, d13, [sp, #144]\n stp d14, d15, [sp, #160]\n"
    "  mov x30, x0\n"
    "  ldr x0, [x30, #248]\n"
    "  msr nzcv, x0\n" /* no load changes them */
    "  ldp q0, q1, [x30, #256]\n ldp q2, q3, [x30, #288]\n ldp q4, q5, [x30, #320]\n ldp q6, q7, [x30, #352]\n"
    "  ldp q8, q9, [x30, #384]\n ldp q10, q11, [x30, #416]\n ldp q12, q13, [x30, #448]\n ldp q14, q15, [x30, #480]\n"
    "  ldp q16, q17, [x30, #512]\n ldp q18, q19, [x30, #544]\n ldp q20, q21, [x30, #576]\n ldp q22, q23, [x30, #608]\n"
    "  ldp q24, q25, [x30, #640]\n ldp q26, q27, [x30, #672]\n ldp q28, q29, [x30, #704]\n ldp q30, q31, [x30, #736]\n"
    "  ldp x0, x1, [x30, #0]\n ldp x2, x3, [x30, #16]\n ldp x4, x5, [x30, #32]\n ldp x6, x7, [x30, #48]\n"
    "  ldp x8, x9, [x30, #64]\n ldp x10, x11, [x30, #80]\n ldp x12, x13, [x30, #96]\n ldp x14, x15, [x30, #112]\n"
    "  ldp x16, x17, [x30, #128]\n ldp x18, x19, [x30, #144]\n ldp x20, x21, [x30, #160]\n ldp x22, x23, [x30, #176]\n"
    "  ldp x24, x25, [x30, #192]\n ldp x26, x27, [x30, #208]\n ldp x28, x29, [x30, #224]\n"
    "  ldr x30, [x30, #240]\n"
    "  svc #0\n"
    "  stp x0, x1, [sp, #-16]!\n"
    "  ldr x0, [sp, #16+104]\n"
    "  stp x2, x3, [x0, #16]\n stp x4, x5, [x0, #32]\n stp x6, x7, [x0, #48]\n stp x8, x9, [x0, #64]\n"
    "  stp x10, x11, [x0, #80]\n stp x12, x13, [x0, #96]\n stp x14, x15, [x0, #112]\n stp x16, x17, [x0, #128]\n"
    "  stp x18, x19, [x0, #144]\n stp x20, x21, [x0, #160]\n stp x22, x23, [x0, #176]\n stp x24, x25, [x0, #192]\n"
    "  stp x26, x27, [x0, #208]\n stp x28, x29, [x0, #224]\n"
    "  str x30, [x0, #240]\n"
    "  mrs x1, nzcv\n"
    "  str x1, [x0, #248]\n"
    "  stp q0, q1, [x0, #256]\n stp q2, q3, [x0, #288]\n stp q4, q5, [x0, #320]\n stp q6, q7, [x0, #352]\n"
    "  stp q8, q9, [x0, #384]\n stp q10, q11, [x0, #416]\n stp q12, q13, [x0, #448]\n stp q14, q15, [x0, #480]\n"
    "  stp q16, q17, [x0, #512]\n stp q18, q19, [x0, #544]\n stp q20, q21, [x0, #576]\n stp q22, q23, [x0, #608]\n"
    "  stp q24, q25, [x0, #640]\n stp q26, q27, [x0, #672]\n stp q28, q29, [x0, #704]\n stp q30, q31, [x0, #736]\n"
    "  ldp x2, x3, [sp], #16\n"
    "  stp x2, x3, [x0]\n"
    "  ldp d8, d9, [sp, #112]\n ldp d10, d11, [sp, #128]\n"
    "  ldp d12, d13, [sp, #144]\n ldp d14, d15, [sp, #160]\n"
    "  ldp x19, x20, [sp, #16]\n ldp x21, x22, [sp, #32]\n ldp x23, x24, [sp, #48]\n"
    "  ldp x25, x26, [sp, #64]\n ldp x27, x28, [sp, #80]\n ldr x18, [sp, #96]\n"
    "  ldp x29, x30, [sp], #176\n"
    "  ret\n");

static unsigned compare(const struct registers *before, const struct registers *after)
{
    unsigned changed = 0;

    for (int i = 1; i < 31; i++) {
        if (before->x[i] != after->x[i])
            printf("x%d: %llx\n", i, (unsigned long long)after->x[i]);
        changed += before->x[i] != after->x[i];
    }
    return changed;
}

int main(int argc, char *argv[])
{
    uint64_t uid = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    struct registers before;
    struct registers after;

    for (uint64_t i = 0; i < 31; i++)
        before.x[i] = 0xfedcba9876543210 + i;
    before.x[0] = before.x[1] = before.x[2] = uid;
    before.x[8] = SYS_setresuid;
    before.flags = 0xa0000000; /* negative, carry */
    for (unsigned i = 0; i < sizeof(before.q); i++)
        before.q[i / 16][i % 16] = (unsigned char)(i * 7 + 1);
    make_call(&before, &after);
    printf("result: %lld\n", (long long)after.x[0]);
    printf("changed: %u\n", compare(&before, &after));
    printf("flags: %s\n", before.flags == after.flags ? "same" : "changed");
    printf("vectors: %s\n", memcmp(before.q, after.q, sizeof(before.q)) == 0 ? "same" : "changed");
    return 0;
}
