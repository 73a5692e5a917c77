/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A thread's credentials as plain values: three uids, five capability sets and securebits.
 * Capability N is bit N of a mask, as in capget(2) version 3 and /proc/PID/status.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* capget(2) version 3 carries 64 bits; the kernel's own last capability is asked for at load. */
#define CK_CAPS_MAX 64U

struct ck_capset {
    uint64_t permitted;
    uint64_t effective;
    uint64_t inheritable;
    uint64_t ambient;
    uint64_t bounding;
};

struct ck_uids {
    uid_t real;
    uid_t effective;
    uid_t saved;
};

struct ck_gids {
    gid_t real;
    gid_t effective;
    gid_t saved;
};

struct ck_creds {
    struct ck_uids uids;
    struct ck_capset caps;
    uint32_t securebits;
};

static inline uint64_t ck_cap_bit(unsigned cap)
{
    return UINT64_C(1) << cap;
}

/* Removes the lowest capability from a mask that is not empty, and returns its number. */
static inline unsigned ck_cap_take_lowest(uint64_t *mask)
{
    unsigned cap = (unsigned)__builtin_ctzll(*mask);

    *mask &= *mask - 1;
    return cap;
}

static inline bool ck_uids_any_root(const struct ck_uids *uids)
{
    return uids->real == 0 || uids->effective == 0 || uids->saved == 0;
}

/*
 * Whether going from `before` to `after` is the change at which the kernel clears permitted, effective and ambient:
 * some uid was 0 and none is any more (capabilities(7), "Effect of user ID changes on capabilities", rule 1;
 * cap_emulate_setxuid in security/commoncap.c).
 */
static inline bool ck_uids_left_root(const struct ck_uids *before, const struct ck_uids *after)
{
    return ck_uids_any_root(before) && !ck_uids_any_root(after);
}
