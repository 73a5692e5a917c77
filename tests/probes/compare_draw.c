/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_draw.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "compare_files.h"
#include "compare_userns.h"
#include "dice.h"

/* Few ids, so that they often meet; none is the overflow id, which stands for every unmapped one. */
static const uint64_t uid_pool[] = {0, 0, 1001, 1002, 1003, 3000};
static const uint64_t gid_pool[] = {0, 0, 2001, 2002, 2003, 3000};
static const uint64_t uid_arguments[] = {0, 0, 0, 1, 5, 1000, 1001, 1002, 1003, 3000, 4001, UINT32_MAX, UINT32_MAX};

/* --- sets */

/* From none to all of `whole`. */
static uint64_t part_of(struct dice *dice, uint64_t whole)
{
    switch (below(dice, 8)) {
    case 0:
        return 0;
    case 1:
    case 2:
        return whole;
    case 3:
    case 4:
        return whole & roll(dice) & roll(dice) & roll(dice);
    case 5:
        return whole & (roll(dice) | roll(dice));
    default:
        return whole & roll(dice);
    }
}

/* Some of a set goes, some of `more` may come. */
static uint64_t mutate(struct dice *dice, uint64_t set, uint64_t more)
{
    set &= percent(dice, 40) ? UINT64_MAX : part_of(dice, set);
    return percent(dice, 30) ? set | (part_of(dice, more) & roll(dice)) : set;
}

static void draw_sets(struct dice *dice, uint64_t held_mask, struct compare_state *state)
{
    state->permitted = part_of(dice, held_mask);
    state->effective = percent(dice, 50) ? state->permitted : part_of(dice, state->permitted);
    state->inheritable = part_of(dice, held_mask);
    state->ambient = percent(dice, 40) ? 0 : part_of(dice, state->permitted & state->inheritable);
    state->bounding = percent(dice, 50) ? held_mask : part_of(dice, held_mask);
}

static uint64_t draw_securebits(struct dice *dice, const struct ck_kernel *kernel)
{
    uint64_t known = kernel->exec_securebits ? 0xfff : 0xff;

    switch (below(dice, 4)) {
    case 0:
    case 1:
        return 0;
    case 2:
        return roll(dice) & 0x55 & known;
    default:
        return roll(dice) & roll(dice) & known;
    }
}

static void draw_ids(struct dice *dice, const uint64_t *pool, size_t count, uint64_t ids[4])
{
    uint64_t first = pool[below(dice, count)];

    for (int i = 0; i < 4; i++)
        ids[i] = percent(dice, 45) ? first : pool[below(dice, count)];
    /* The kernel keeps the file system id equal to the effective one unless it is asked otherwise. */
    if (percent(dice, 60))
        ids[3] = ids[1];
}

static void draw_state(struct dice *dice, const struct compare_limits *limits, struct compare_case *the_case)
{
    struct compare_state *state = &the_case->state;

    the_case->userns = percent(dice, 60) ? 0 : below(dice, COMPARE_USERNS);
    draw_ids(dice, uid_pool, sizeof(uid_pool) / sizeof(uid_pool[0]), state->uids);
    draw_ids(dice, gid_pool, sizeof(gid_pool) / sizeof(gid_pool[0]), state->gids);
    the_case->groups[0] = below(dice, 4);
    for (uint64_t i = 1; i <= the_case->groups[0]; i++)
        the_case->groups[i] = PICK(dice, gid_pool);
    draw_sets(dice, the_case->userns == 0 ? limits->held_mask : ck_kernel_caps(&limits->kernel), state);
    state->securebits = draw_securebits(dice, &limits->kernel);
    state->no_new_privs = percent(dice, 20);
}

/* --- calls */

static void draw_uid_call(struct dice *dice, struct compare_case *the_case)
{
    the_case->call = CALL_SETUID + below(dice, 4);
    unsigned count = the_case->call == CALL_SETRESUID ? 3 : the_case->call == CALL_SETREUID ? 2 : 1;
    for (unsigned i = 0; i < count; i++)
        the_case->args[i] = PICK(dice, uid_arguments);
    /* So that a call is often permitted without CAP_SETUID, and often changes nothing. */
    for (unsigned i = 0; i < count; i++) {
        if (percent(dice, 30))
            the_case->args[i] = the_case->state.uids[percent(dice, 50) ? i : below(dice, 4)];
    }
}

static void draw_capset(struct dice *dice, struct compare_case *the_case)
{
    const struct compare_state *state = &the_case->state;
    uint64_t all = percent(dice, 10) ? UINT64_MAX : state->bounding | state->inheritable | state->permitted;

    the_case->args[0] = mutate(dice, state->permitted, percent(dice, 20) ? all : 0);
    the_case->args[1] = percent(dice, 80) ? part_of(dice, the_case->args[0]) : part_of(dice, all);
    the_case->args[2] = mutate(dice, state->inheritable, percent(dice, 50) ? state->permitted : all);
}

static uint64_t draw_cap(struct dice *dice, const struct compare_state *state)
{
    uint64_t likely = percent(dice, 50) ? state->permitted & state->inheritable : state->permitted | state->ambient;

    if (likely == 0 || percent(dice, 20))
        return below(dice, 45);
    uint64_t cap = below(dice, 64);
    while ((likely >> cap & 1) == 0)
        cap = (cap + 1) % 64;
    return cap;
}

static void draw_ambient(struct dice *dice, struct compare_case *the_case)
{
    static const uint64_t operations[] = {PR_CAP_AMBIENT_RAISE,  PR_CAP_AMBIENT_RAISE,     PR_CAP_AMBIENT_LOWER,
                                          PR_CAP_AMBIENT_IS_SET, PR_CAP_AMBIENT_CLEAR_ALL, 7};

    the_case->args[1] = PICK(dice, operations);
    the_case->args[2] = the_case->args[1] == PR_CAP_AMBIENT_CLEAR_ALL ? 0 : draw_cap(dice, &the_case->state);
    if (percent(dice, 5))
        the_case->args[2 + below(dice, 3)] = below(dice, 64);
}

static void draw_prctl(struct dice *dice, struct compare_case *the_case)
{
    static const uint64_t options[] = {PR_CAPBSET_DROP, PR_CAP_AMBIENT,    PR_CAP_AMBIENT,
                                       PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_SET_NO_NEW_PRIVS};
    uint64_t *args = the_case->args;

    args[0] = PICK(dice, options);
    switch (args[0]) {
    case PR_CAPBSET_DROP:
        args[1] = draw_cap(dice, &the_case->state);
        break;
    case PR_CAP_AMBIENT:
        draw_ambient(dice, the_case);
        break;
    case PR_SET_SECUREBITS:
        args[1] = the_case->state.securebits;
        for (uint64_t flips = below(dice, 3); flips > 0; flips--)
            args[1] ^= UINT64_C(1) << below(dice, percent(dice, 5) ? 64 : 12);
        break;
    default:
        args[1] = percent(dice, 90) ? below(dice, 2) : below(dice, 4);
        args[2 + below(dice, 3)] = percent(dice, 5);
        break;
    }
}

static void draw_file_caps(struct dice *dice, const struct compare_state *state, struct compare_file *file)
{
    static const uint64_t roots[] = {0, 0, 1001, 1002, 1003};
    bool is_third = percent(dice, 35);
    uint64_t near = percent(dice, 60) ? state->bounding : UINT64_MAX;
    uint64_t permitted = part_of(dice, near) & (percent(dice, 50) ? roll(dice) & roll(dice) : UINT64_MAX);
    uint64_t inheritable = part_of(dice, percent(dice, 50) ? state->inheritable : UINT64_MAX);

    file->caps_length = is_third ? XATTR_CAPS_SZ_3 : XATTR_CAPS_SZ_2;
    file->caps[0] = is_third ? VFS_CAP_REVISION_3 : VFS_CAP_REVISION_2;
    file->caps[0] |= percent(dice, 50) ? VFS_CAP_FLAGS_EFFECTIVE : 0;
    file->caps[1] = (uint32_t)permitted;
    file->caps[2] = (uint32_t)inheritable;
    file->caps[3] = permitted >> 32;
    file->caps[4] = inheritable >> 32;
    file->caps[5] = is_third ? PICK(dice, roots) : 0;
}

/* Whether the file's mode for its group is what counts for this thread, which then has to be allowed to execute it. */
static bool is_in_group(const struct compare_case *the_case, uint64_t gid)
{
    bool found = the_case->state.gids[3] == gid;

    for (uint64_t i = 1; i <= the_case->groups[0]; i++)
        found = found || the_case->groups[i] == gid;
    return found;
}

static void draw_file(struct dice *dice, const struct compare_case *the_case, struct compare_file *file)
{
    file->uid = PICK(dice, uid_pool);
    file->gid = PICK(dice, gid_pool);
    file->mode = 0755 | (percent(dice, 35) ? 04000 : 0) | (percent(dice, 30) ? 02000 : 0);
    if (percent(dice, 15) && !is_in_group(the_case, file->gid))
        file->mode &= ~UINT64_C(010);
    file->nosuid = percent(dice, 20);
    if (percent(dice, 45))
        draw_file_caps(dice, &the_case->state, file);
}

static void draw_exec(struct dice *dice, const struct compare_limits *limits, struct compare_case *the_case)
{
    the_case->call = CALL_EXECVE;
    draw_file(dice, the_case, &the_case->file);
    if (limits->has_odd_files && percent(dice, 5)) {
        the_case->odd = 1 + below(dice, COMPARE_ODD_FILES);
        compare_files_describe_odd(the_case);
    } else if (percent(dice, 15)) {
        draw_file(dice, the_case, &the_case->script);
    }
    the_case->threaded = percent(dice, 2);
    /* A thread that shares its root directory cannot be put into another namespace beforehand. */
    the_case->shares_fs = the_case->userns == 0 && !the_case->threaded && percent(dice, 10);
    if (percent(dice, 20))
        the_case->traced = 1 + below(dice, 2);
    /* Who created a namespace can trace what is in it, capable or not; kernel_compare has made these two itself. */
    if (the_case->userns == 1 || the_case->userns == 3)
        the_case->traced = TRACED_NOT;
}

static void draw_userns_call(struct dice *dice, struct compare_case *the_case)
{
    the_case->call = percent(dice, 50) ? CALL_UNSHARE : CALL_SETNS;
    if (the_case->call == CALL_SETNS)
        the_case->args[0] = below(dice, COMPARE_USERNS);
    switch (below(dice, 12)) {
    case 0:
        the_case->threaded = 1;
        break;
    case 1:
        the_case->shares_fs = the_case->userns == 0;
        break;
    case 2:
        the_case->chrooted = the_case->call == CALL_UNSHARE;
        break;
    default:
        break;
    }
}

void compare_draw(const struct compare_limits *limits, uint64_t seed, uint64_t number, struct compare_case *ret_case)
{
    struct dice dice = {seed * 0xd1342543de82ef95 + number};
    struct compare_case the_case = {0};

    draw_state(&dice, limits, &the_case);
    uint64_t kind = below(&dice, 100);
    if (kind < 25) {
        draw_uid_call(&dice, &the_case);
    } else if (kind < 35) {
        the_case.call = CALL_CAPSET;
        draw_capset(&dice, &the_case);
    } else if (kind < 55) {
        the_case.call = CALL_PRCTL;
        draw_prctl(&dice, &the_case);
    } else if (kind < 65) {
        draw_userns_call(&dice, &the_case);
    } else {
        draw_exec(&dice, limits, &the_case);
    }
    *ret_case = the_case;
}
