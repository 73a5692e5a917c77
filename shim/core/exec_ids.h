/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * What an exec does with the ids, as far as it decides about ambient capabilities and about AT_SECURE. The one source of
 * these rules: the library, the supervisor and the model ask here.
 */
#include <stdbool.h>

#include "capset.h"

struct ck_exec_ids {
    struct ck_uids uids; /* of the thread that executes */
    struct ck_gids gids;
    uid_t euid; /* that the program is to have: its own, or the file's */
    gid_t egid;
    bool is_member; /* egid is the thread's file system group, or one of its supplementary groups */
};

/*
 * Whether the kernel takes the ids to change, and so clears ambient (cap_bprm_creds_from_file). Before Linux 6.17 it
 * compares with the real ids; since then, `by_effective`, with the effective uid, and a group that the thread is in does
 * not count.
 */
static inline bool ck_exec_ids_change(const struct ck_exec_ids *ids, bool by_effective)
{
    if (by_effective)
        return ids->euid != ids->uids.effective || !ids->is_member;
    return ids->euid != ids->uids.real || ids->egid != ids->gids.real;
}

/* Whether the program will be AT_SECURE for its ids, so that ld.so ignores LD_PRELOAD (secureexec, ld.so(8)). */
static inline bool ck_exec_ids_are_secure(const struct ck_exec_ids *ids, bool by_effective)
{
    return ck_exec_ids_change(ids, by_effective) || ids->euid != ids->uids.real || ids->egid != ids->gids.real;
}
