/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleave_case.h"

#include <linux/capability.h>

#define BIT(cap) (UINT64_C(1) << (cap))

const struct interleave_policy interleave_policies[] = {
    {.name = "kill",
     .variables = {"CAPKEEP_AMBIENT=cap_kill"},
     .keep_mask = BIT(CAP_KILL),
     .is_in_short = true,
     .is_in_threads = true},
    {.name = "setuid",
     .variables = {"CAPKEEP_AMBIENT=cap_kill cap_setuid"},
     .keep_mask = BIT(CAP_KILL) | BIT(CAP_SETUID),
     .is_in_short = true,
     .is_in_threads = true},
    {.name = "foreign",
     .variables = {"CAPKEEP_AMBIENT=cap_kill", "CAPKEEP_USER=4242424"},
     .keep_mask = BIT(CAP_KILL),
     .uid = 4242424,
     .is_in_short = true,
     .is_in_threads = true},
    {.name = "program",
     .variables = {"CAPKEEP_AMBIENT=cap_kill", "CAPKEEP_PROGRAM=%s/a"},
     .keep_mask = BIT(CAP_KILL),
     .waits = true,
     .is_in_short = true},
    {.name = "outer-user",
     .variables = {"CAPKEEP_AMBIENT=cap_kill", "CAPKEEP_USER=65534"},
     .keep_mask = BIT(CAP_KILL),
     .uid = OUTER_UID},
    {.name = "inner-user",
     .variables = {"CAPKEEP_AMBIENT=cap_kill", "CAPKEEP_USER=65533"},
     .keep_mask = BIT(CAP_KILL),
     .uid = INNER_UID},
    {.name = "guard", .variables = {"CAPKEEP_AMBIENT=cap_kill", "CAPKEEP_GUARD=yes"}, .keep_mask = BIT(CAP_KILL)},
    {.name = "bounding",
     .variables = {"CAPKEEP_AMBIENT=cap_kill", "CAPKEEP_BOUNDING=cap_kill cap_setuid", "CAPKEEP_NO_NEW_PRIVS=yes"},
     .keep_mask = BIT(CAP_KILL)},
    {.name = "setuid-program",
     .variables = {"CAPKEEP_AMBIENT=cap_kill cap_setuid", "CAPKEEP_PROGRAM=%s/a"},
     .keep_mask = BIT(CAP_KILL) | BIT(CAP_SETUID),
     .waits = true},
    {.name = "none"},
};

const unsigned interleave_policy_count = sizeof(interleave_policies) / sizeof(interleave_policies[0]);

const struct interleave_outer_row interleave_outers[OUTER_COUNT] = {
    [OUTER_SETUID] = {"setuid", BEGIN_ROOT, 1, false},
    [OUTER_SETEUID] = {"seteuid", BEGIN_ROOT, 1, false},
    [OUTER_SETREUID] = {"setreuid", BEGIN_ROOT, 1, false},
    [OUTER_SETRESUID] = {"setresuid", BEGIN_ROOT, 1, false},
    [OUTER_SYS_SETRESUID] = {"sys-setresuid", BEGIN_ROOT, 1, false},
    [OUTER_SETEUID_BACK] = {"seteuid-back", BEGIN_ROOT, 2, false},
    [OUTER_SETRESUID_BACK] = {"setresuid-back", BEGIN_ROOT, 2, false},
    [OUTER_SETEUID_UP] = {"seteuid-up", BEGIN_AWAY, 1, false},
    [OUTER_SETREUID_SETEUID] = {"setreuid-seteuid", BEGIN_ROOT, 2, false},
    [OUTER_KEEPCAPS_SETUID] = {"keepcaps-setuid", BEGIN_ROOT, 2, false},
    [OUTER_KEEPCAPS_SET] = {"keepcaps-set", BEGIN_ROOT, 1, false},
    [OUTER_KEEPCAPS_CLEAR] = {"keepcaps-clear", BEGIN_KEEPCAPS, 1, false},
    [OUTER_CAPSET] = {"capset", BEGIN_ROOT, 1, false},
    [OUTER_BOUNDING_DROP] = {"bounding-drop", BEGIN_ROOT, 1, false},
    [OUTER_ROOT_EXEC] = {"root-exec", BEGIN_ROOT, 1, true},
    [OUTER_ROOT_SPAWN] = {"root-spawn", BEGIN_ROOT, 1, false},
    [OUTER_ROOT_SYSTEM] = {"root-system", BEGIN_ROOT, 1, false},
    [OUTER_EXEC] = {"exec", BEGIN_DROPPED, 1, true},
    [OUTER_EXEC_MISSING] = {"exec-missing", BEGIN_DROPPED, 1, false},
    [OUTER_SPAWN] = {"spawn", BEGIN_DROPPED, 1, false},
    [OUTER_SYSTEM] = {"system", BEGIN_DROPPED, 1, false},
    [OUTER_POPEN] = {"popen", BEGIN_DROPPED, 1, false},
    [OUTER_DROPPED_CAPSET] = {"dropped-capset", BEGIN_DROPPED, 1, false},
    [OUTER_AMBIENT_CLEAR] = {"ambient-clear", BEGIN_DROPPED, 1, false},
};

const char *const interleave_inners[INNER_COUNT] = {
    [INNER_DROP] = "drop",
    [INNER_DROP_SAME] = "drop-same",
    [INNER_BACK] = "back",
    [INNER_AWAY] = "away",
    [INNER_EXEC] = "exec",
    [INNER_FORK] = "fork",
    [INNER_FORK_DROP] = "fork-drop",
    [INNER_FORK_ON] = "fork-on",
    [INNER_VFORK] = "vfork",
    [INNER_SPAWN] = "spawn",
    [INNER_KEEPCAPS_SET] = "keepcaps-set",
    [INNER_KEEPCAPS_CLEAR] = "keepcaps-clear",
    [INNER_KEEPCAPS_GET] = "keepcaps-get",
    [INNER_CAPSET] = "capset",
    [INNER_JUMP] = "jump",
    [INNER_DROP_JUMP] = "drop-jump",
};

int interleave_inner_steps(enum interleave_inner inner)
{
    return inner == INNER_BACK ? 2 : 1;
}

bool interleave_makes_sense(const struct interleave_case *the_case)
{
    bool jumps = the_case->inner == INNER_JUMP || the_case->inner == INNER_DROP_JUMP;
    bool is_system = the_case->outer == OUTER_SYSTEM || the_case->outer == OUTER_ROOT_SYSTEM;

    if (the_case->by_thread)
        return !jumps && the_case->inner != INNER_FORK_ON;
    /* In system() a child that goes on from a handler has no child to wait for. */
    return the_case->inner != INNER_FORK_ON || !is_system;
}

bool interleave_leaves_outer(enum interleave_inner inner)
{
    return inner == INNER_EXEC || inner == INNER_JUMP || inner == INNER_DROP_JUMP;
}

uint64_t interleave_keep_mask(const struct interleave_policy *policy, uint64_t uid)
{
    return uid != 0 && (policy->uid == 0 || policy->uid == uid) ? policy->keep_mask : 0;
}
