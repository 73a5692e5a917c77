/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reasons are held to what they say: where a rule is named for a capability that a program lacks, the obstacle is
 * taken away, and the next one that is named then, until the program has it. No rule may be named twice on the way.
 */
#include <errno.h>
#include <linux/securebits.h>

#include "../../model/exec.h"
#include "model_rows.h"

enum { ROUNDS = 200000, CAP = 25 };

static const struct ck_kernel kernel_old = {40, false, false, false};
static const struct ck_id_range some_ids[] = {{0, 1, 1}, {1, 2, 1}};
static const struct ck_userns child = {&ck_userns_initial, 0, {some_ids, 2}, {some_ids, 2}};

struct scene {
    const struct ck_kernel *kernel;
    struct ck_thread thread;
    struct ck_file file;
    struct ck_file interpreter;
    gid_t groups[2];
    unsigned char caps[2][24];
};

static uint64_t roll(void)
{
    static uint64_t state = 0x853c49e6748fea9b;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static bool flip(void)
{
    return roll() >> 20 & 1;
}

static uint32_t id(void)
{
    return (uint32_t)(roll() >> 20) % 3;
}

/* About this one capability, and another that must not confuse the answer. */
static uint64_t some_caps(void)
{
    return (flip() ? TIME : 0) | (flip() ? NET : 0);
}

static struct ck_file make_file(unsigned char caps[24])
{
    struct ck_file file = {.mode = (flip() ? S_ISUID : 0) | (flip() ? S_ISGID | S_IXGRP : 0), .uid = id(), .gid = id()};
    uint64_t permitted = some_caps();
    uint64_t inheritable = some_caps();

    file.nosuid = (roll() >> 20) % 4 == 0;
    if (flip())
        return file;
    memset(caps, 0, 24);
    caps[0] = flip();
    caps[3] = 3;
    caps[5] = (unsigned char)(permitted >> 8);
    caps[7] = (unsigned char)(permitted >> 24);
    caps[9] = (unsigned char)(inheritable >> 8);
    caps[11] = (unsigned char)(inheritable >> 24);
    caps[20] = (unsigned char)id();
    file.caps = caps;
    file.caps_length = 24;
    return file;
}

static void make_scene(struct scene *scene)
{
    struct ck_thread *thread = &scene->thread;

    *scene = (struct scene){.kernel = flip() ? &kernel_new : &kernel_old, .groups = {id(), id()}};
    thread->uids = (struct ck_uids){id(), id(), id()};
    thread->gids = (struct ck_gids){id(), id(), id()};
    thread->fsgid = id();
    thread->groups = scene->groups;
    thread->group_count = id();
    thread->caps.permitted = some_caps();
    thread->caps.inheritable = some_caps();
    thread->caps.bounding = some_caps();
    thread->caps.ambient = flip() ? thread->caps.permitted & thread->caps.inheritable : 0;
    thread->securebits = flip() ? SECBIT_NOROOT : 0;
    thread->no_new_privs = flip();
    thread->shares_fs = flip();
    thread->traced = flip();
    thread->userns = flip() ? &child : &ck_userns_initial;
    scene->file = make_file(scene->caps[0]);
    if (flip()) {
        scene->interpreter = make_file(scene->caps[1]);
        scene->file.interpreter = &scene->interpreter;
    }
}

static struct ck_file *last_file(struct scene *scene)
{
    return scene->file.interpreter != NULL ? &scene->interpreter : &scene->file;
}

static void make_ids_equal(struct ck_thread *thread)
{
    thread->uids.effective = thread->uids.saved = thread->uids.real;
    thread->gids.effective = thread->gids.saved = thread->fsgid = thread->gids.real;
}

static void remedy(struct scene *scene, enum ck_kernel_rule rule)
{
    struct ck_thread *thread = &scene->thread;
    struct ck_file *file = last_file(scene);

    switch (rule) {
    case CK_RULE_NEVER_HELD:
        thread->caps.permitted |= TIME;
        break;
    case CK_RULE_EXEC_NOT_AMBIENT:
        thread->caps.inheritable |= TIME;
        thread->caps.ambient |= TIME;
        break;
    case CK_RULE_EXEC_FILE_CAPS:
        file->caps = NULL;
        break;
    case CK_RULE_EXEC_SETID:
        file->mode = 0;
        break;
    case CK_RULE_EXEC_IDS_DIFFER:
        make_ids_equal(thread);
        break;
    case CK_RULE_EXEC_NOT_INHERITABLE:
        thread->caps.inheritable |= TIME;
        break;
    case CK_RULE_EXEC_BOUNDING:
        thread->caps.bounding |= TIME | NET;
        break;
    case CK_RULE_EXEC_NOROOT:
        thread->securebits = 0;
        break;
    case CK_RULE_EXEC_NOSUID:
        file->nosuid = false;
        break;
    case CK_RULE_EXEC_NNP:
        thread->no_new_privs = false;
        break;
    case CK_RULE_EXEC_SHARED_FS:
        thread->shares_fs = false;
        break;
    case CK_RULE_EXEC_TRACED:
        thread->traced = false;
        break;
    case CK_RULE_EXEC_SCRIPT:
        scene->file.interpreter = NULL;
        break;
    case CK_RULE_EXEC_USERNS:
        thread->userns = &ck_userns_initial;
        if (file->caps != NULL)
            scene->caps[file == &scene->interpreter][20] = 0;
        break;
    default:
        fail_msg("%s is no reason of an exec", ck_rule_describe(rule)->code);
    }
}

/* The rule that is named for the capability, or for another without which the exec fails; CK_RULE_COUNT for none. */
static enum ck_kernel_rule ask(const struct scene *scene)
{
    struct ck_losses reasons;
    int result = ck_exec_explain(scene->kernel, &scene->thread, &scene->file, UINT64_MAX, &reasons);

    assert_true(result == 0 || result == -EPERM);
    for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++) {
        if ((reasons.by_rule[rule].permitted & (result == 0 ? TIME : UINT64_MAX)) != 0)
            return rule;
    }
    return CK_RULE_COUNT;
}

static void following_the_reasons_leads_to_the_capability(void **state)
{
    (void)state; /* cmocka's signature */
    for (int round = 0; round < ROUNDS; round++) {
        struct scene scene;
        struct ck_outcome outcome;
        bool secure;
        uint64_t named_mask = 0;
        enum ck_kernel_rule rule;

        make_scene(&scene);
        while ((rule = ask(&scene)) != CK_RULE_COUNT) {
            if ((named_mask >> rule & 1) != 0)
                fail_msg("round %d: %s is named twice", round, ck_rule_describe(rule)->code);
            named_mask |= UINT64_C(1) << rule;
            remedy(&scene, rule);
            /* Of the other file now, what was said of the first may be true again. */
            if (rule == CK_RULE_EXEC_SCRIPT)
                named_mask = UINT64_C(1) << rule;
        }
        assert_int_equal(ck_exec_call(scene.kernel, &scene.thread, &scene.file, &outcome, &secure), 0);
        assert_true((outcome.after.caps.permitted & TIME) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(following_the_reasons_leads_to_the_capability)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
