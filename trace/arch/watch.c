/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watch.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>

#include "../on_demand.h"

#define LIBSECCOMP(F)                                                                                                  \
    F(seccomp_arch_add)                                                                                                \
    F(seccomp_attr_set)                                                                                                \
    F(seccomp_init)                                                                                                    \
    F(seccomp_load)                                                                                                    \
    F(seccomp_release)                                                                                                 \
    F(seccomp_rule_add)                                                                                                \
    F(seccomp_syscall_resolve_name)                                                                                    \
    F(seccomp_syscall_resolve_name_arch)                                                                               \
    F(seccomp_syscall_resolve_num_arch)
CK_ON_DEMAND(libseccomp, "libseccomp.so.2", "trace: names of calls, and filters", LIBSECCOMP)

/* An architecture that a process of this machine may make its calls in, and the watched call behind each number. */
#define NUMBERS_MAX 512U
struct table {
    uint32_t audit;   /* as PTRACE_GET_SYSCALL_INFO tells it */
    uint32_t seccomp; /* as libseccomp calls it */
    const struct ck_watched *calls[NUMBERS_MAX];
};

/*
 * The x32 interface shares its AUDIT_ARCH with x86-64 and marks its numbers with bit 30; kernels for which it is built
 * are rare enough that its calls count as unknown here.
 */
static struct table tables[] = {
#if defined(__x86_64__) || defined(__i386__)
    {AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64, {NULL}},
    {AUDIT_ARCH_I386, SCMP_ARCH_X86, {NULL}},
#elif defined(__aarch64__)
    {AUDIT_ARCH_AARCH64, SCMP_ARCH_AARCH64, {NULL}},
    {AUDIT_ARCH_ARM, SCMP_ARCH_ARM, {NULL}},
#endif
};

enum { TABLE_COUNT = sizeof(tables) / sizeof(tables[0]) };

static struct table *find_table(uint32_t arch)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (tables[i].audit == arch)
            return &tables[i];
    }
    return NULL;
}

int ck_watch_load(bool needs)
{
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        for (size_t j = 0; j < ck_calls_count; j++) {
            if (ck_calls[j].kind == CK_WATCH_NEEDS && !needs)
                continue;
            /* Negative where the architecture has no such call. */
            int number = libseccomp()->seccomp_syscall_resolve_name_arch(tables[i].seccomp, ck_calls[j].name);
            if (number >= 0 && (unsigned)number < NUMBERS_MAX)
                tables[i].calls[number] = &ck_calls[j];
        }
    }
    return 0;
}

const struct ck_watched *ck_watch_find(uint32_t arch, uint64_t number)
{
    const struct table *table = find_table(arch);

    return table != NULL && number < NUMBERS_MAX ? table->calls[number] : NULL;
}

int ck_watch_number(uint32_t arch, const char *name)
{
    const struct table *table = find_table(arch);
    int number = table != NULL ? libseccomp()->seccomp_syscall_resolve_name_arch(table->seccomp, name) : -1;

    return number >= 0 ? number : -1;
}

char *ck_watch_name(uint32_t arch, uint64_t number)
{
    const struct table *table = find_table(arch);

    return table != NULL ? libseccomp()->seccomp_syscall_resolve_num_arch(table->seccomp, (int)number) : NULL;
}

static int add_rules(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < ck_calls_count; i++) {
        /* One that this architecture has not may be another's: then it has a negative number, and that is for all. */
        int number = libseccomp()->seccomp_syscall_resolve_name(ck_calls[i].name);
        int result =
            number != __NR_SCMP_ERROR ? libseccomp()->seccomp_rule_add(filter, SCMP_ACT_TRACE(0), number, 0) : 0;

        if (result < 0 && result != -EDOM)
            return result;
    }
    return 0;
}

int ck_watch_install_filter(void)
{
    scmp_filter_ctx filter = libseccomp()->seccomp_init(SCMP_ACT_ALLOW);
    int result = filter == NULL ? -ENOMEM : 0;

    for (size_t i = 0; i < TABLE_COUNT && result == 0; i++) {
        result = libseccomp()->seccomp_arch_add(filter, tables[i].seccomp);
        if (result == -EEXIST)
            result = 0;
    }
    if (result == 0)
        result = libseccomp()->seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    /* A call with a number that no table has is not our business. */
    if (result == 0)
        result = libseccomp()->seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
    if (result == 0)
        result = add_rules(filter);
    if (result == 0)
        result = libseccomp()->seccomp_load(filter);
    libseccomp()->seccomp_release(filter);
    return result;
}
