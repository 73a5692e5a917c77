/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a capability is not permitted after an exec. It can come by three ways: it was ambient, the file grants it by file
 * capabilities, or uid 0 has it. They are gone through in this order; the first that should have led to it answers, with
 * the first check, in the kernel's order, at which it ended. What stands on a script comes last: it never counts, but
 * many expect it to. Taking the named obstacle away, and then the next one that is named, leads to the capability in
 * the end; a test does just that.
 */
#include "exec_work.h"

#include <linux/securebits.h>

/* What has not got its rule yet, and where the rules are noted. */
struct answer {
    uint64_t open_mask;
    struct ck_losses *losses;
};

static void name(struct answer *answer, enum ck_kernel_rule rule, uint64_t mask)
{
    answer->losses->by_rule[rule].permitted |= answer->open_mask & mask;
    answer->open_mask &= ~mask;
}

enum ck_kernel_rule ck_exec_ambient_rule(const struct ck_exec_work *work)
{
    const struct ck_thread *before = work->before;

    if (work->has_file_caps)
        return CK_RULE_EXEC_FILE_CAPS;
    if (work->euid != before->uids.effective || work->egid != before->gids.effective)
        return CK_RULE_EXEC_SETID;
    return CK_RULE_EXEC_IDS_DIFFER;
}

/* The last check of all: granted, but not held before, in an exec that may give nothing new. */
static enum ck_kernel_rule unsafe_rule(const struct ck_thread *before)
{
    if (before->no_new_privs)
        return CK_RULE_EXEC_NNP;
    return before->shares_fs ? CK_RULE_EXEC_SHARED_FS : CK_RULE_EXEC_TRACED;
}

static void ask_file_caps(const struct ck_exec_work *work, struct answer *answer)
{
    const struct ck_file_caps *caps = &work->file_caps;
    uint64_t inherited_mask = caps->inheritable & work->before->caps.inheritable;

    if (work->file->nosuid) {
        name(answer, CK_RULE_EXEC_NOSUID, caps->permitted | inherited_mask);
    } else if (!work->has_file_caps) {
        name(answer, CK_RULE_EXEC_USERNS, caps->permitted | inherited_mask);
    } else {
        name(answer, CK_RULE_EXEC_BOUNDING, caps->permitted);
        name(answer, CK_RULE_EXEC_NOT_INHERITABLE, caps->inheritable);
    }
}

/* What uid 0 gets is all that is in bounding or inheritable. */
static void ask_uid_0(const struct ck_exec_work *work, struct answer *answer)
{
    const struct ck_thread *before = work->before;
    uid_t root = ck_userns_root(before->userns);
    bool by_real = before->uids.real == root;
    bool by_effective = work->euid == root;

    if (by_real || by_effective) {
        if ((before->securebits & SECBIT_NOROOT) != 0)
            name(answer, CK_RULE_EXEC_NOROOT, UINT64_MAX);
        if (work->has_file_caps && by_effective && !by_real)
            name(answer, CK_RULE_EXEC_FILE_CAPS, UINT64_MAX);
        name(answer, CK_RULE_EXEC_BOUNDING, UINT64_MAX);
    } else if ((work->file->mode & S_ISUID) != 0 && work->file->uid == root) {
        if (work->file->nosuid)
            name(answer, CK_RULE_EXEC_NOSUID, UINT64_MAX);
        if (before->no_new_privs)
            name(answer, CK_RULE_EXEC_NNP, UINT64_MAX);
        name(answer, CK_RULE_EXEC_USERNS, UINT64_MAX);
    }
}

/* What a script itself would grant if it were a program. */
static void ask_scripts(const struct ck_exec_work *work, struct answer *answer)
{
    const struct ck_thread *before = work->before;
    struct ck_file_caps caps = {0};

    for (const struct ck_file *script = work->script; script != work->file; script = script->interpreter) {
        if ((script->mode & S_ISUID) != 0 && script->uid == ck_userns_root(before->userns))
            name(answer, CK_RULE_EXEC_SCRIPT, UINT64_MAX);
        if (script->caps != NULL && ck_file_caps_parse(script->caps, script->caps_length, &caps) == 0)
            name(answer, CK_RULE_EXEC_SCRIPT, caps.permitted | (caps.inheritable & before->caps.inheritable));
    }
}

void ck_exec_why(const struct ck_exec_work *work, uint64_t want_mask, struct ck_losses *losses)
{
    const struct ck_capset *old = &work->before->caps;
    struct answer answer = {.open_mask = want_mask & ~work->after.caps.permitted, .losses = losses};

    name(&answer, CK_RULE_NEVER_HELD, ~ck_kernel_caps(work->kernel));
    name(&answer, ck_exec_ambient_rule(work), old->ambient);
    name(&answer, unsafe_rule(work->before), work->offered);
    ask_file_caps(work, &answer);
    ask_uid_0(work, &answer);
    ask_scripts(work, &answer);
    name(&answer, CK_RULE_EXEC_NOT_AMBIENT, old->permitted);
    name(&answer, CK_RULE_NEVER_HELD, UINT64_MAX);
}
