/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prctl.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

/* Newer than the headers that this has to build with. */
#define SECBIT_EXEC_RESTRICT_FILE (1UL << 8)
#define SECBIT_EXEC_DENY_INTERACTIVE (1UL << 10)

static bool is_valid(const struct ck_kernel *kernel, unsigned long cap)
{
    return cap <= kernel->last_cap;
}

static int drop_bounding(const struct ck_kernel *kernel, unsigned long cap, struct ck_outcome *outcome)
{
    struct ck_capset *caps = &outcome->after.caps;

    if (!ck_thread_capable(&outcome->after, CAP_SETPCAP))
        return -EPERM;
    if (!is_valid(kernel, cap))
        return -EINVAL;
    /* Inheritable, permitted and ambient keep it: bounding counts when something is gained. */
    outcome->losses.by_rule[CK_RULE_BOUNDING_DROPPED].bounding = caps->bounding & ck_cap_bit((unsigned)cap);
    caps->bounding &= ~ck_cap_bit((unsigned)cap);
    return 0;
}

bool ck_prctl_refuses_raise(const struct ck_thread *thread, unsigned cap, enum ck_kernel_rule *ret_rule)
{
    if ((thread->caps.permitted & ck_cap_bit(cap)) == 0)
        *ret_rule = CK_RULE_AMBIENT_NOT_PERMITTED;
    else if ((thread->caps.inheritable & ck_cap_bit(cap)) == 0)
        *ret_rule = CK_RULE_AMBIENT_NOT_INHERITABLE;
    else if ((thread->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
        *ret_rule = CK_RULE_NO_AMBIENT_RAISE;
    else
        return false;
    return true;
}

static void lower_ambient(uint64_t mask, struct ck_outcome *outcome)
{
    struct ck_capset *caps = &outcome->after.caps;

    outcome->losses.by_rule[CK_RULE_LAUNCHER_DROPPED].ambient = caps->ambient & mask;
    caps->ambient &= ~mask;
}

static int change_ambient(const struct ck_kernel *kernel, const unsigned long args[4], struct ck_outcome *outcome)
{
    struct ck_thread *after = &outcome->after;
    enum ck_kernel_rule rule;

    if (args[0] == PR_CAP_AMBIENT_CLEAR_ALL) {
        if ((args[1] | args[2] | args[3]) != 0)
            return -EINVAL;
        lower_ambient(UINT64_MAX, outcome);
        return 0;
    }
    if (!is_valid(kernel, args[1]) || (args[2] | args[3]) != 0)
        return -EINVAL;
    unsigned cap = (unsigned)args[1];
    switch (args[0]) {
    case PR_CAP_AMBIENT_IS_SET:
        return (after->caps.ambient & ck_cap_bit(cap)) != 0;
    case PR_CAP_AMBIENT_LOWER:
        lower_ambient(ck_cap_bit(cap), outcome);
        return 0;
    case PR_CAP_AMBIENT_RAISE:
        if (ck_prctl_refuses_raise(after, cap, &rule))
            return -EPERM;
        after->caps.ambient |= ck_cap_bit(cap);
        return 0;
    default:
        return -EINVAL;
    }
}

/* Whether a thread without CAP_SETPCAP may make this change. For history's sake it may not even ask for none. */
static bool takes_no_privilege(const struct ck_kernel *kernel, unsigned long changed)
{
    const unsigned long free_bits = SECBIT_EXEC_RESTRICT_FILE | SECBIT_EXEC_DENY_INTERACTIVE;

    return kernel->exec_securebits && changed != 0 && (changed & ~(free_bits | free_bits << 1)) == 0;
}

static int set_securebits(const struct ck_kernel *kernel, unsigned long bits, struct ck_outcome *outcome)
{
    struct ck_thread *after = &outcome->after;
    unsigned long known = SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS | SECBIT_NO_CAP_AMBIENT_RAISE;
    unsigned long changed = after->securebits ^ bits;

    if (kernel->exec_securebits)
        known |= SECBIT_EXEC_RESTRICT_FILE | SECBIT_EXEC_DENY_INTERACTIVE;
    /* The bit above each flag is its lock. */
    unsigned long locks = after->securebits & known << 1;
    if ((locks >> 1 & changed) != 0 || (locks & ~bits) != 0 || (bits & ~(known | known << 1)) != 0)
        return -EPERM;
    if (!ck_thread_capable(after, CAP_SETPCAP) && !takes_no_privilege(kernel, changed))
        return -EPERM;
    after->securebits = (uint32_t)bits;
    return 0;
}

/* Takes no privilege, unlike the same bit by PR_SET_SECUREBITS. */
static int set_keep_caps(unsigned long keep, struct ck_thread *after)
{
    if (keep > 1)
        return -EINVAL;
    if ((after->securebits & SECBIT_KEEP_CAPS_LOCKED) != 0)
        return -EPERM;
    after->securebits = (after->securebits & ~(uint32_t)SECBIT_KEEP_CAPS) | (keep != 0 ? SECBIT_KEEP_CAPS : 0);
    return 0;
}

static int set_no_new_privs(const unsigned long args[4], struct ck_thread *after)
{
    if (args[0] != 1 || (args[1] | args[2] | args[3]) != 0)
        return -EINVAL;
    after->no_new_privs = true;
    return 0;
}

static int carry_out(const struct ck_kernel *kernel, int option, const unsigned long args[4],
                     struct ck_outcome *outcome)
{
    switch (option) {
    case PR_CAPBSET_DROP:
        return drop_bounding(kernel, args[0], outcome);
    case PR_CAP_AMBIENT:
        return change_ambient(kernel, args, outcome);
    case PR_SET_SECUREBITS:
        return set_securebits(kernel, args[0], outcome);
    case PR_SET_KEEPCAPS:
        return set_keep_caps(args[0], &outcome->after);
    case PR_SET_NO_NEW_PRIVS:
        return set_no_new_privs(args, &outcome->after);
    default:
        return -ENOSYS;
    }
}

int ck_prctl_call(const struct ck_kernel *kernel, const struct ck_thread *before, int option,
                  const unsigned long args[4], struct ck_outcome *ret_outcome)
{
    struct ck_outcome outcome = {.after = *before};
    int result = carry_out(kernel, option, args, &outcome);

    if (result >= 0)
        *ret_outcome = outcome;
    return result;
}
