/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is changed in a thread's registers for a call to be another, to be made again, or to have another result. Without
 * a library, so that it can be linked for another machine as well.
 */
#include <stdio.h>
#include <string.h>

#include "../../trace/arch/registers.h"

static const uint64_t args[6] = {0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6};
static int failures;

static void expect(bool is_right, const char *rule)
{
    printf("%s - %s\n", is_right ? "ok" : "not ok", rule);
    failures += !is_right;
}

/* No two bytes side by side are the same, so that nothing is in its place by chance. */
static struct ck_registers some_registers(void)
{
    struct ck_registers registers;

    memset(&registers, 0, sizeof(registers));
    for (size_t i = 0; i < sizeof(registers.user); i++)
        ((unsigned char *)&registers.user)[i] = (unsigned char)(i + 1);
    return registers;
}

static bool same(const struct ck_registers *one, const struct ck_registers *other)
{
    return memcmp(one, other, sizeof(*one)) == 0;
}

#if defined(__x86_64__)

static void test_replace(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.orig_rax = 157;
    expected.user.rdi = 0xa1;
    expected.user.rsi = 0xa2;
    expected.user.rdx = 0xa3;
    expected.user.r10 = 0xa4;
    expected.user.r8 = 0xa5;
    expected.user.r9 = 0xa6;
    ck_registers_replace(&registers, false, 157, args);
    expect(same(&registers, &expected), "another call: number and arguments, nothing else");
    registers = some_registers();
    expected = registers;
    expected.user.orig_rax = 172;
    expected.user.rbx = 0xa1;
    expected.user.rcx = 0xa2;
    expected.user.rdx = 0xa3;
    expected.user.rsi = 0xa4;
    expected.user.rdi = 0xa5;
    expected.user.rbp = 0xa6;
    ck_registers_replace(&registers, true, 172, args);
    expect(same(&registers, &expected), "another call by the convention of i386");
}

static void test_rewind(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.rip -= 2;
    expected.user.rax = 105;
    expected.user.orig_rax = UINT64_MAX;
    ck_registers_rewind(&registers, 105);
    expect(same(&registers, &expected), "again: number, instruction, no restart by the kernel");
}

static void test_result(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.rax = UINT64_MAX;
    ck_registers_set_result(&registers, -1);
    expect(same(&registers, &expected), "another result, nothing else");
    registers.user.rax = (unsigned long long)-513;
    expect(!ck_registers_hide_argument(&registers), "no argument is hidden");
}

static void test_argument(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.rdi = 0xa1;
    ck_registers_set_argument(&registers, false, 0xa1);
    expect(same(&registers, &expected), "the first argument, nothing else");
    expected.user.rbx = 0xa2;
    ck_registers_set_argument(&registers, true, 0xa2);
    expect(same(&registers, &expected), "the first argument by the convention of i386");
}

#elif defined(__i386__)

static void test_replace(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.orig_eax = 172;
    expected.user.ebx = 0xa1;
    expected.user.ecx = 0xa2;
    expected.user.edx = 0xa3;
    expected.user.esi = 0xa4;
    expected.user.edi = 0xa5;
    expected.user.ebp = 0xa6;
    ck_registers_replace(&registers, true, 172, args);
    expect(same(&registers, &expected), "another call: number and arguments, nothing else");
}

static void test_rewind(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.eip -= 2;
    expected.user.eax = 105;
    expected.user.orig_eax = -1;
    ck_registers_rewind(&registers, 105);
    expect(same(&registers, &expected), "again: number, instruction, no restart by the kernel");
}

static void test_result(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.eax = -1;
    ck_registers_set_result(&registers, -1);
    expect(same(&registers, &expected), "another result, nothing else");
    registers.user.eax = -513;
    expect(!ck_registers_hide_argument(&registers), "no argument is hidden");
}

static void test_argument(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.ebx = 0xa1;
    ck_registers_set_argument(&registers, true, 0xa1);
    expect(same(&registers, &expected), "the first argument, nothing else");
}

#elif defined(__aarch64__)

static void test_replace(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.call = 167;
    for (int i = 0; i < 6; i++)
        expected.user.regs[i] = args[i];
    ck_registers_replace(&registers, false, 167, args);
    expect(same(&registers, &expected), "another call: number and arguments, nothing else");
    ck_registers_replace(&registers, false, UINT64_MAX, args);
    expect(registers.call == -1, "a call without a number is none");
}

static void test_rewind(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    registers.call = 90;
    expected.user.pc -= 4;
    expected.user.regs[8] = 146;
    expected.call = -1;
    ck_registers_rewind(&registers, 146);
    expect(same(&registers, &expected), "again: number, instruction, no restart by the kernel; x0 stays the argument");
    registers = some_registers();
    expected = registers;
    registers.user.regs[8] = expected.user.regs[8] = UINT64_C(0xffffffff00000092);
    expected.user.pc -= 4;
    expected.call = -1;
    ck_registers_rewind(&registers, 0x92);
    expect(same(&registers, &expected), "again by the number that is there: x8 stays whole");
}

static void test_result(void)
{
    static const int restarts[] = {512, 513, 514, 516};
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    expected.user.regs[0] = UINT64_MAX;
    ck_registers_set_result(&registers, -1);
    expect(same(&registers, &expected), "another result, nothing else");
    expect(!ck_registers_hide_argument(&registers), "no argument is hidden from a call that is over");
    for (size_t i = 0; i < sizeof(restarts) / sizeof(restarts[0]); i++) {
        registers.call = 221;
        ck_registers_set_result(&registers, -restarts[i]);
        expect(ck_registers_hide_argument(&registers), "a call to be restarted has its first argument elsewhere");
        registers.call = -1;
        expect(!ck_registers_hide_argument(&registers), "none is to be restarted where there is none");
    }
}

static void test_argument(void)
{
    struct ck_registers registers = some_registers();
    struct ck_registers expected = registers;

    ck_registers_set_argument(&registers, false, 0xa1);
    expect(same(&registers, &expected), "the first argument is gone, where the result is");
}

#endif

int main(void)
{
    test_replace();
    test_rewind();
    test_result();
    test_argument();
    return failures != 0;
}
