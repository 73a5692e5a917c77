/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exec.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>

#include "../shim/core/exec_ids.h"
#include "exec_work.h"

static bool has_gid(const struct ck_thread *thread, gid_t gid)
{
    if (gid == thread->fsgid)
        return true;
    for (unsigned i = 0; i < thread->group_count; i++) {
        if (thread->groups[i] == gid)
            return true;
    }
    return false;
}

static bool is_mapped(const struct ck_userns *userns, const struct ck_file *file)
{
    return ck_id_map_to_inside(&userns->uids, file->uid) != CK_ID_NONE &&
           ck_id_map_to_inside(&userns->gids, file->gid) != CK_ID_NONE;
}

/* bprm_fill_uid. Set-group-ID without the group's execute bit once meant mandatory locking, and means nothing here. */
static void take_ids(struct ck_exec_work *work)
{
    const struct ck_thread *before = work->before;
    const struct ck_file *file = work->file;

    work->euid = before->uids.effective;
    work->egid = before->gids.effective;
    if (file->nosuid || before->no_new_privs || !is_mapped(before->userns, file))
        return;
    if ((file->mode & S_ISUID) != 0)
        work->euid = file->uid;
    if ((file->mode & S_ISGID) != 0 && (file->mode & S_IXGRP) != 0)
        work->egid = file->gid;
}

/* rootid_owns_currentns. */
static bool is_root_of_any(const struct ck_userns *userns, uid_t uid)
{
    for (; userns != NULL; userns = userns->parent) {
        if (ck_id_map_to_inside(&userns->uids, uid) == 0)
            return true;
    }
    return false;
}

/*
 * get_file_caps and bprm_caps_from_vfs_caps. A program with the effective bit is taken not to know about capabilities,
 * so it is not started without one that it counts on.
 */
static int take_file_caps(struct ck_exec_work *work)
{
    const struct ck_capset *old = &work->before->caps;
    struct ck_file_caps *caps = &work->file_caps;

    if (work->file->caps == NULL)
        return 0;
    int result = ck_file_caps_parse(work->file->caps, work->file->caps_length, caps);
    if (work->file->nosuid)
        return 0;
    if (result < 0)
        return result;
    caps->permitted &= ck_kernel_caps(work->kernel);
    caps->inheritable &= ck_kernel_caps(work->kernel);
    if (!is_root_of_any(work->before->userns, caps->root_uid))
        return 0;
    work->has_file_caps = true;
    work->effective = caps->effective;
    work->from_file = (old->bounding & caps->permitted) | (old->inheritable & caps->inheritable);
    return caps->effective && (caps->permitted & ~work->from_file) != 0 ? -EPERM : 0;
}

/* handle_privileged_root. File capabilities of a set-user-ID root file are what a user who is not root shall get. */
static void take_root(struct ck_exec_work *work)
{
    const struct ck_thread *before = work->before;
    uid_t root = ck_userns_root(before->userns);
    bool by_real = before->uids.real == root;
    bool by_effective = work->euid == root;

    work->offered = work->from_file;
    if ((before->securebits & SECBIT_NOROOT) != 0 || (work->has_file_caps && by_effective && !by_real))
        return;
    if (by_real || by_effective)
        work->offered = before->caps.bounding | before->caps.inheritable;
    if (by_effective)
        work->effective = true;
}

static bool change_ids(const struct ck_exec_work *work)
{
    const struct ck_thread *before = work->before;
    const struct ck_exec_ids ids = {before->uids, before->gids, work->euid, work->egid, has_gid(before, work->egid)};

    return ck_exec_ids_change(&ids, work->kernel->exec_by_effective);
}

/*
 * The program's ids and permitted set. Where somebody else could steer it (a tracer, a process that shares its root
 * directory), or nothing may be gained, it gets no more than the thread held.
 */
static void settle_ids(struct ck_exec_work *work)
{
    const struct ck_thread *before = work->before;
    struct ck_thread *after = &work->after;
    bool unsafe = before->no_new_privs || before->shares_fs || before->traced;

    *after = *before;
    after->uids.effective = work->euid;
    after->gids.effective = work->egid;
    after->caps.permitted = work->offered;
    if (unsafe && (work->ids_changed || (work->offered & ~before->caps.permitted) != 0)) {
        if (before->no_new_privs || !ck_thread_capable(before, CAP_SETUID)) {
            after->uids.effective = before->uids.real;
            after->gids.effective = before->gids.real;
        }
        after->caps.permitted &= before->caps.permitted;
    }
    after->uids.saved = after->fsuid = after->uids.effective;
    after->gids.saved = after->fsgid = after->gids.effective;
}

static void settle_caps(struct ck_exec_work *work)
{
    struct ck_thread *after = &work->after;
    struct ck_capset *caps = &after->caps;

    if (work->has_file_caps || work->ids_changed)
        caps->ambient = 0;
    caps->permitted |= caps->ambient;
    caps->effective = work->effective ? caps->permitted : caps->ambient;
    after->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
    after->threaded = false;
}

static int compute(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_file *file,
                   struct ck_exec_work *ret_work)
{
    *ret_work = (struct ck_exec_work){.kernel = kernel, .before = before, .script = file, .file = file};
    while (ret_work->file->interpreter != NULL)
        ret_work->file = ret_work->file->interpreter;
    take_ids(ret_work);
    int result = take_file_caps(ret_work);
    if (result < 0)
        return result;
    take_root(ret_work);
    ret_work->ids_changed = change_ids(ret_work);
    settle_ids(ret_work);
    settle_caps(ret_work);
    return 0;
}

/* Ambient capabilities alone do not make a program secure; they are meant for programs that know nothing of them. */
static bool is_secure(const struct ck_exec_work *work)
{
    const struct ck_thread *before = work->before;
    const struct ck_thread *after = &work->after;

    if (work->ids_changed || after->uids.effective != before->uids.real || after->gids.effective != before->gids.real)
        return true;
    return before->uids.real != ck_userns_root(before->userns) &&
           (work->effective || (after->caps.permitted & ~after->caps.ambient) != 0);
}

/* Inheritable and bounding pass through every exec. */
static void find_losses(const struct ck_exec_work *work, struct ck_losses *losses)
{
    const struct ck_capset *old = &work->before->caps;
    const struct ck_capset *now = &work->after.caps;

    ck_exec_why(work, old->permitted, losses);
    for (int rule = 0; rule < CK_RULE_COUNT; rule++) {
        struct ck_capset *lost = &losses->by_rule[rule];

        lost->effective = lost->permitted & old->effective;
    }
    losses->by_rule[CK_RULE_EXEC_NOT_EFFECTIVE].effective = old->effective & now->permitted & ~now->effective;
    losses->by_rule[ck_exec_ambient_rule(work)].ambient = old->ambient & ~now->ambient;
}

int ck_exec_call(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_file *file,
                 struct ck_outcome *ret_outcome, bool *ret_secure)
{
    struct ck_exec_work work;
    struct ck_outcome outcome = {0};
    int result = compute(kernel, before, file, &work);

    if (result < 0)
        return result;
    find_losses(&work, &outcome.losses);
    outcome.after = work.after;
    *ret_secure = is_secure(&work);
    *ret_outcome = outcome;
    return 0;
}

int ck_exec_explain(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_file *file,
                    uint64_t want_mask, struct ck_losses *ret_losses)
{
    struct ck_exec_work work;
    struct ck_losses losses = {0};
    int result = compute(kernel, before, file, &work);

    if (result < 0 && result != -EPERM)
        return result;
    if (result == 0) {
        const struct ck_capset *now = &work.after.caps;

        ck_exec_why(&work, want_mask, &losses);
        losses.by_rule[CK_RULE_EXEC_NOT_EFFECTIVE].effective = want_mask & now->permitted & ~now->effective;
    } else {
        losses.by_rule[CK_RULE_EXEC_BOUNDING].permitted = want_mask & work.file_caps.permitted & ~work.from_file;
    }
    *ret_losses = losses;
    return result;
}
