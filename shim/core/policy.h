/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The policy in force: fixed size, no pointers, so that it can be filled once, sealed read-only and read from anywhere.
 *
 * Lists (uids, paths) and texts live in pools of the policy itself; a rule holds ranges of them. The object is large
 * but is only ever placed in untouched anonymous memory: what no rule uses costs no page.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CK_RULES_MAX 1000U
#define CK_UIDS_MAX 8192U
#define CK_PATHS_MAX 4096U
#define CK_TEXT_MAX (1024U * 1024U)

struct ck_range {
    uint32_t first;
    uint32_t count;
};

/*
 * One path of Program= or Launcher=. It matches by its own text or by the file that it resolves to, so both texts are
 * kept; device and inode serve where /proc is not mounted and a running program's path cannot be resolved.
 */
struct ck_path {
    uint32_t text;     /* offset in text[]; for a directory form, without the trailing "/ *" */
    uint32_t resolved; /* the same with every symbolic link followed, or `text` where it does not exist */
    bool pending;      /* a Program= that has not been looked up yet: it is not known what it resolves to */
    bool directory;    /* written as DIR followed by "/ *": the files that lie in DIR itself */
    dev_t dev;
    ino_t ino;
};

struct ck_rule {
    uint32_t name;         /* offset in text[] */
    uint32_t file;         /* offset in text[]; meaningful where line is not 0 */
    uint32_t line;         /* of its section, or 0 for the environment's rule */
    uint32_t given;        /* bit N: the directive with number N of policy_rule.h */
    struct ck_range users; /* none: any user but 0, unless for_nobody */
    struct ck_range programs;
    struct ck_range launchers;
    uint64_t ambient_mask;
    uint64_t inheritable_mask; /* IAB's inheritable-only capabilities */
    uint64_t bounding_mask;    /* meaningful where has_bounding */
    uint64_t unbound_mask;     /* what IAB= drops from the bounding set */
    bool has_bounding;
    bool no_new_privs;
    bool refuse;         /* OnFailure=refuse */
    bool guard;          /* the launcher's own calls do not take away what the rule keeps */
    bool no_descendants; /* the program's own children do not inherit what the rule keeps */
    bool for_nobody;     /* User= names only accounts that do not exist: without users, and yet not for any */
    bool is_broken;      /* it has a mistake, and its Launcher= none: such a rule never matches */
    bool foreign;        /* Launcher= names other executables than this process's: the rule never matches here */
};

struct ck_policy {
    uint32_t rule_count;
    uint32_t uid_count;
    uint32_t path_count;
    uint32_t text_size;
    struct ck_rule rules[CK_RULES_MAX];
    uid_t uids[CK_UIDS_MAX];
    struct ck_path paths[CK_PATHS_MAX];
    char text[CK_TEXT_MAX];
};

/* What the rule leaves in the bounding set. */
static inline uint64_t ck_rule_bounding(const struct ck_rule *rule)
{
    return (rule->has_bounding ? rule->bounding_mask : UINT64_MAX) & ~rule->unbound_mask;
}

static inline const char *ck_policy_text(const struct ck_policy *policy, uint32_t offset)
{
    return policy->text + offset;
}

/*
 * Copies `length` bytes of `text` into the policy's text pool and terminates them.
 * Returns 0, or -ENOSPC where the pool is full.
 */
int ck_policy_add_text(struct ck_policy *policy, const char *text, size_t length, uint32_t *ret_offset);
