/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proof.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

/* --- states */

/* One capability's place in the five sets: P, E, I, A, B from bit 0 on. */
static bool is_valid(unsigned place)
{
    bool permitted = (place & 1) != 0, effective = (place & 2) != 0;
    bool inheritable = (place & 4) != 0, ambient = (place & 8) != 0;

    return (!effective || permitted) && (!ambient || (permitted && inheritable));
}

static void put(unsigned place, uint64_t cap_mask, struct ck_capset *caps)
{
    caps->permitted |= (place & 1) != 0 ? cap_mask : 0;
    caps->effective |= (place & 2) != 0 ? cap_mask : 0;
    caps->inheritable |= (place & 4) != 0 ? cap_mask : 0;
    caps->ambient |= (place & 8) != 0 ? cap_mask : 0;
    caps->bounding |= (place & 16) != 0 ? cap_mask : 0;
}

void proof_each_state(const struct proof_pair *pair, void (*each)(const struct ck_capset *caps, void *context),
                      void *context)
{
    for (unsigned first = 0; first < 32; first++) {
        for (unsigned second = 0; second < 32; second++) {
            struct ck_capset caps = {0};

            if (!is_valid(first) || !is_valid(second))
                continue;
            put(first, pair->first, &caps);
            put(second, pair->second, &caps);
            each(&caps, context);
        }
    }
}

/* Member by member: what lies between them is nobody's. */
bool proof_same(const struct ck_thread *a, const struct ck_thread *b)
{
    return memcmp(&a->uids, &b->uids, sizeof(a->uids)) == 0 && a->fsuid == b->fsuid &&
           memcmp(&a->gids, &b->gids, sizeof(a->gids)) == 0 && a->fsgid == b->fsgid && a->groups == b->groups &&
           a->group_count == b->group_count && memcmp(&a->caps, &b->caps, sizeof(a->caps)) == 0 &&
           a->securebits == b->securebits && a->no_new_privs == b->no_new_privs && a->userns == b->userns &&
           a->threaded == b->threaded && a->shares_fs == b->shares_fs && a->chrooted == b->chrooted &&
           a->traced == b->traced;
}

/* --- rules */

/* The pools: both users; paths /this and /other. */
void proof_make_policy(const struct proof_rules *rules, struct ck_policy *policy)
{
    static const char text[] = "\0/this\0/other";

    memcpy(policy->text, text, sizeof(text));
    policy->uids[0] = PROOF_USER;
    policy->uids[1] = PROOF_OTHER_USER;
    policy->paths[0] = (struct ck_path){.text = 1, .resolved = 1};
    policy->paths[1] = (struct ck_path){.text = 7, .resolved = 7};
    policy->rule_count = rules->count;
    for (unsigned i = 0; i < rules->count; i++) {
        const struct proof_rule *rule = &rules->rules[i];

        policy->rules[i] = (struct ck_rule){
            .users = {rule->for_other_user ? 1 : 0, 1},
            .programs = {rule->program == PROOF_OTHER_PROGRAM ? 1 : 0, rule->program != PROOF_ANY_PROGRAM},
            .ambient_mask = rule->ambient_mask,
            .inheritable_mask = rule->inheritable_mask,
            .has_bounding = rule->bounding_mask != UINT64_MAX,
            .bounding_mask = rule->bounding_mask,
            .no_new_privs = rule->no_new_privs,
            .refuse = rule->refuse,
            .no_descendants = rule->no_descendants,
            .guard = rule->guard,
            .foreign = rule->foreign,
        };
    }
}

void proof_running(const struct ck_policy *policy, struct ck_rule_set *ret_rules)
{
    const struct ck_program program = {.count = 1, .names = {{.text = "/this", .resolved = "/this"}}};

    ck_match_program(policy, &program, ret_rules);
}

struct proof_asked proof_ask(const struct proof_rules *rules, uid_t uid, bool running)
{
    struct proof_asked asked = {.bounding_mask = 0};
    uint64_t silent_mask = 0;
    bool speaks = false;

    for (unsigned i = 0; i < rules->count; i++) {
        const struct proof_rule *rule = &rules->rules[i];
        bool is_now = rule->program == PROOF_ANY_PROGRAM || (running && rule->program == PROOF_THIS_PROGRAM);

        if (rule->foreign || uid != (rule->for_other_user ? PROOF_OTHER_USER : PROOF_USER))
            continue;
        asked.any = true;
        asked.kept_mask |= rule->ambient_mask;
        asked.inheritable_any |= rule->inheritable_mask;
        asked.no_new_privs |= rule->no_new_privs;
        asked.refuse_any |= rule->refuse ? rule->ambient_mask : 0;
        if (rule->bounding_mask == UINT64_MAX)
            silent_mask |= rule->ambient_mask | rule->inheritable_mask;
        else
            asked.bounding_mask |= rule->bounding_mask, speaks = true;
        if (!is_now)
            continue;
        asked.now_mask |= rule->ambient_mask;
        asked.inheritable_now |= rule->inheritable_mask;
        asked.refuse_now |= rule->refuse ? rule->ambient_mask : 0;
        asked.inherited_mask |= rule->no_descendants ? 0 : rule->ambient_mask;
    }
    asked.bounding_mask = speaks ? asked.bounding_mask | silent_mask : UINT64_MAX;
    return asked;
}

struct walk {
    const struct proof_pair *pair;
    unsigned step;
    unsigned number;
    void (*each)(const struct proof_rules *rules, void *context);
    void *context;
};

static void give(struct walk *walk, const struct proof_rules *rules)
{
    if (walk->number++ % walk->step == 0)
        walk->each(rules, walk->context);
}

/* Alone, and with each of these beside it. */
static void give_with_seconds(struct walk *walk, const struct proof_rule *first)
{
    const uint64_t x = walk->pair->first, y = walk->pair->second, silent = UINT64_MAX;
    const struct proof_rule seconds[] = {
        {.ambient_mask = y, .bounding_mask = silent},
        {.ambient_mask = x, .bounding_mask = silent, .program = PROOF_OTHER_PROGRAM, .refuse = true},
        {.inheritable_mask = y, .bounding_mask = x, .program = PROOF_THIS_PROGRAM, .no_descendants = true},
        {.ambient_mask = x | y, .bounding_mask = 0, .for_other_user = true, .refuse = true, .no_new_privs = true},
        {.ambient_mask = x | y, .bounding_mask = 0, .foreign = true, .refuse = true, .no_new_privs = true},
    };

    give(walk, &(struct proof_rules){1, {*first}});
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        give(walk, &(struct proof_rules){2, {*first, seconds[i]}});
}

/* What else a rule says: OnFailure=, and how it hardens. */
static void give_hardened(struct walk *walk, struct proof_rule rule)
{
    const uint64_t bounding_masks[] = {UINT64_MAX, 0, walk->pair->first, walk->pair->second};

    for (size_t i = 0; i < sizeof(bounding_masks) / sizeof(bounding_masks[0]); i++) {
        for (unsigned flags = 0; flags < 8; flags++) {
            rule.bounding_mask = bounding_masks[i];
            rule.refuse = (flags & 1) != 0;
            rule.no_new_privs = (flags & 2) != 0;
            rule.no_descendants = (flags & 4) != 0;
            give_with_seconds(walk, &rule);
        }
    }
}

void proof_each_rules(const struct proof_pair *pair, unsigned step,
                      void (*each)(const struct proof_rules *rules, void *context), void *context)
{
    const uint64_t x = pair->first, y = pair->second;
    const struct proof_rule firsts[] = {
        {.ambient_mask = x},
        {.ambient_mask = x | y},
        {.inheritable_mask = x},
        {.ambient_mask = y},
        {.ambient_mask = x, .inheritable_mask = y},
        {.ambient_mask = y, .inheritable_mask = x},
    };
    struct walk walk = {pair, step, 0, each, context};

    each(&(struct proof_rules){0}, context);
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        for (int program = PROOF_ANY_PROGRAM; program <= PROOF_OTHER_PROGRAM; program++) {
            struct proof_rule rule = firsts[i];

            rule.program = (enum proof_program)program;
            give_hardened(&walk, rule);
        }
    }
}

/* --- a caller that refuses */

static struct proof_caller *proof_of(const struct ck_caller *caller)
{
    return (struct proof_caller *)(uintptr_t)caller;
}

static bool is_refused(struct proof_caller *caller, enum proof_call kind)
{
    caller->count++;
    return (caller->refused_kinds >> kind & 1) != 0 || caller->count == caller->refused_at;
}

static int refuse_capget(const struct ck_caller *caller, struct ck_capset *ret_caps)
{
    struct proof_caller *proof = proof_of(caller);

    return is_refused(proof, PROOF_CAPGET) ? -EPERM : ck_call_capget(&proof->model.caller, ret_caps);
}

static int refuse_capset(const struct ck_caller *caller, const struct ck_capset *caps)
{
    struct proof_caller *proof = proof_of(caller);

    if (is_refused(proof, caps == NULL ? PROOF_CAPSET_PROBE : PROOF_CAPSET))
        return -EPERM;
    return ck_call_capset(&proof->model.caller, caps);
}

static enum proof_call kind_of(int option, unsigned long arg2)
{
    switch (option) {
    case PR_GET_SECUREBITS:
        return PROOF_GET_SECUREBITS;
    case PR_CAPBSET_READ:
        return PROOF_BOUNDING_READ;
    case PR_CAPBSET_DROP:
        return PROOF_BOUNDING_DROP;
    case PR_SET_KEEPCAPS:
        return PROOF_KEEP_CAPS;
    case PR_SET_NO_NEW_PRIVS:
        return PROOF_NO_NEW_PRIVS;
    case PR_CAP_AMBIENT:
        return arg2 == PR_CAP_AMBIENT_IS_SET  ? PROOF_AMBIENT_IS_SET
               : arg2 == PR_CAP_AMBIENT_RAISE ? PROOF_AMBIENT_RAISE
                                              : PROOF_AMBIENT_LOWER;
    default:
        return PROOF_GET_NO_NEW_PRIVS;
    }
}

static int refuse_prctl(const struct ck_caller *caller, int option, unsigned long arg2, unsigned long arg3)
{
    struct proof_caller *proof = proof_of(caller);

    if (is_refused(proof, kind_of(option, arg2)))
        return -EPERM;
    return ck_call_prctl(&proof->model.caller, option, arg2, arg3);
}

static int refuse_getresuid(const struct ck_caller *caller, struct ck_uids *ret_uids)
{
    struct proof_caller *proof = proof_of(caller);

    return is_refused(proof, PROOF_GETRESUID) ? -EPERM : ck_call_getresuid(&proof->model.caller, ret_uids);
}

static int refuse_getresgid(const struct ck_caller *caller, struct ck_gids *ret_gids)
{
    return ck_call_getresgid(&proof_of(caller)->model.caller, ret_gids);
}

static bool refuse_is_in_group(const struct ck_caller *caller, gid_t gid)
{
    return ck_call_is_in_group(&proof_of(caller)->model.caller, gid);
}

void proof_caller_init(struct proof_caller *caller, const struct ck_kernel *kernel, struct ck_thread *thread)
{
    *caller = (struct proof_caller){
        .caller = {refuse_capget, refuse_capset, refuse_prctl, refuse_getresuid, refuse_getresgid, refuse_is_in_group},
        .model = ck_model_caller_new(kernel, thread, NULL),
    };
}
