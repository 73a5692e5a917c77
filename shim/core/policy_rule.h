/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One rule, from the texts that an administrator writes. Each directive has one row in a table: its key in a
 * [Keep NAME] section and its variable in the environment, so that both mean the same. Pure: accounts and files are
 * looked up through the caller.
 */
#include "policy.h"
#include "policy_parse.h"

enum ck_directive {
    CK_USER,
    CK_LAUNCHER,
    CK_PROGRAM,
    CK_AMBIENT,
    CK_IAB,
    CK_BOUNDING,
    CK_NO_NEW_PRIVS,
    CK_GUARD,
    CK_DESCENDANTS,
    CK_ON_FAILURE,
    CK_DIRECTIVE_COUNT,
};

/* What the parser cannot know by itself. */
struct ck_resolver {
    /* The uid of an account; 0, -ENOENT where there is none, or -errno where that cannot be told. */
    int (*user)(void *context, const char *name, uid_t *ret_uid);
    /* Copies the known account name nearest to `name` into `ret_name`, or "". */
    void (*nearest_user)(const char *name, char *ret_name, size_t size);
    /* Follows every link of an absolute path: 0 with the file's identity, -ENOENT where none is in reach, or -errno. */
    int (*path)(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino);
    void *context;
    bool programs_wait; /* Program= is left to ck_rule_look_programs_up */
};

/* "AmbientCapabilities" and "CAPKEEP_AMBIENT". */
const char *ck_directive_key(enum ck_directive directive);
const char *ck_directive_variable(enum ck_directive directive);

/* The directive with that key, in its exact spelling; CK_DIRECTIVE_COUNT if there is none. */
enum ck_directive ck_directive_find(const char *key);

/* The key that is nearest to `key`, for an error message; NULL if none is near. */
const char *ck_directive_nearest(const char *key);

/*
 * Applies one directive to a rule of `policy`. User=, Launcher=, Program= and the lists of capabilities may be given
 * several times and add up; the others once. Returns 0, or -EINVAL with one sentence in *ret_error; -ENOENT where all that
 * is wrong is an account that does not exist: the rule is complete, and is not for that one.
 */
int ck_rule_set(struct ck_policy *policy, struct ck_rule *rule, enum ck_directive directive, const char *value,
                const struct ck_resolver *resolver, struct ck_parse_error *ret_error);

/*
 * Looks up each Program= of a finished rule that is still pending, which a rule that can match has none of. Returns 0 or -EINVAL,
 * as above.
 */
int ck_rule_look_programs_up(struct ck_policy *policy, const struct ck_rule *rule, const struct ck_resolver *resolver,
                             struct ck_parse_error *ret_error);

/* Whether the directives of a finished rule make sense together. Returns 0 or -EINVAL, as above. */
int ck_rule_check(const struct ck_rule *rule, struct ck_parse_error *ret_error);
