/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * User namespaces as far as ids go (user_namespaces(7)). The model numbers every id as one observer sees it, as a rule
 * capkeep itself, whose namespace is an ancestor of all the others: those are the numbers "outside". A thread's own
 * numbers, "inside", are met in the arguments of its calls only.
 */
#include <stdint.h>
#include <sys/types.h>

/* No id has this number: an unmapped one, or "unchanged" in a call. */
#define CK_ID_NONE UINT32_MAX

/* One line of /proc/PID/uid_map or gid_map, read by the observer. */
struct ck_id_range {
    uint32_t inside;
    uint32_t outside;
    uint32_t count;
};

struct ck_id_map {
    const struct ck_id_range *ranges;
    unsigned count;
};

struct ck_userns {
    const struct ck_userns *parent; /* NULL in the observer's own */
    uid_t owner;                    /* the effective uid that created it */
    struct ck_id_map uids;
    struct ck_id_map gids;
};

/* The observer's own: every id is itself. */
extern const struct ck_userns ck_userns_initial;

/* make_kuid and from_kuid of kernel/user_namespace.c; CK_ID_NONE where the id is not mapped. */
uint32_t ck_id_map_to_outside(const struct ck_id_map *map, uint32_t inside);
uint32_t ck_id_map_to_inside(const struct ck_id_map *map, uint32_t outside);

/* The uid that is 0 in this namespace, or CK_ID_NONE. Every rule about "root" means this one. */
uid_t ck_userns_root(const struct ck_userns *userns);
