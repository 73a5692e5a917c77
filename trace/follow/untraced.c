/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "untraced.h"

#include <sched.h>
#include <string.h>
#include <sys/ptrace.h>

#include "../arch/registers.h"
#include "../proc/memory.h"

/* clone3 has its flags in the first word of a structure, which may lie where the program itself cannot write. */
static bool has_structure(const struct ck_tracee *tracee)
{
    return strcmp(tracee->call->name, "clone3") == 0;
}

static bool read_word(const struct ck_tracee *tracee, unsigned long *ret_flags)
{
    return ck_memory_read(tracee->tid, tracee->args[0], ret_flags, sizeof(*ret_flags)) == 0;
}

static void write_word(const struct ck_tracee *tracee, unsigned long flags)
{
    /* ESRCH: killed meanwhile. It was read before, so it is there. */
    (void)ptrace(PTRACE_POKEDATA, tracee->tid, (void *)(uintptr_t)tracee->args[0], (void *)flags);
}

static void clear_argument(struct ck_tracee *tracee)
{
    struct ck_registers registers;
    uint64_t args[6];

    memcpy(args, tracee->args, sizeof(args));
    args[0] &= ~(uint64_t)CLONE_UNTRACED;
    if (ck_registers_read(tracee->tid, &registers) < 0)
        return;
    ck_registers_replace(&registers, tracee->is_32bit, (uint64_t)tracee->number, args);
    tracee->hides_untraced = ck_registers_write(tracee->tid, &registers) == 0;
}

void ck_untraced_clear(struct ck_tracee *tracee)
{
    unsigned long flags = (unsigned long)tracee->args[0];

    if (has_structure(tracee) && !read_word(tracee, &flags))
        return;
    if ((flags & CLONE_UNTRACED) == 0)
        return;
    if (!has_structure(tracee)) {
        clear_argument(tracee);
        return;
    }
    write_word(tracee, flags & ~(unsigned long)CLONE_UNTRACED);
    tracee->hides_untraced = true;
}

void ck_untraced_restore(struct ck_tracee *tracee)
{
    struct ck_registers registers;
    unsigned long flags;

    if (!tracee->hides_untraced)
        return;
    tracee->hides_untraced = false;
    if (has_structure(tracee)) {
        if (read_word(tracee, &flags))
            write_word(tracee, flags | CLONE_UNTRACED);
    } else if (ck_registers_read(tracee->tid, &registers) == 0) {
        ck_registers_set_argument(&registers, tracee->is_32bit, tracee->args[0]);
        (void)ck_registers_write(tracee->tid, &registers); /* ESRCH: as above */
    }
}
