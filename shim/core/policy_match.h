/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Which rules of a policy match, and what they ask for together. Pure; used by the shim and by the command. */
#include "policy.h"

/* The name of no rule. */
#define CK_NO_RULE UINT32_MAX

/* What all matching rules ask for, counted together. */
struct ck_keep {
    uint64_t keep_mask;        /* what any matching rule keeps, also those that wait for their Program= */
    uint64_t ambient_mask;     /* what is to be effective and ambient now */
    uint64_t inheritable_mask; /* to be added to inheritable now, beyond ambient */
    uint64_t later_mask;       /* the same, but for another program: it waits in permitted as what is kept does */
    uint64_t bounding_mask;    /* the bounding set is cut down to this */
    uint64_t silent_mask;      /* what is kept by rules that do not speak of the bounding set */
    uint64_t refuse_mask;      /* of ambient_mask, what the exec may not go on without */
    uint64_t other_mask;       /* kept only for another program than this one: to be lowered before an exec */
    uint64_t awaited_mask;     /* of other_mask, what no exec of that other program may go on without */
    uint64_t inherited_mask;   /* of ambient_mask, what the program's own children may inherit */
    uint32_t rule;             /* the first matching rule, for the log; CK_NO_RULE where none matches */
    uint32_t rule_count;
    bool no_new_privs;
};

/*
 * What is about to be executed, as far as rules can tell programs apart. A script counts as itself and as each of its
 * interpreters; the chain has the kernel's own limit (BINPRM recursion in fs/exec.c: four rewrites).
 */
#define CK_PROGRAM_NAMES_MAX 6

struct ck_program_name {
    const char *text;     /* as the caller gave it; NULL where there is none (a descriptor) */
    const char *resolved; /* with every symbolic link followed; NULL where /proc cannot tell */
    dev_t dev;
    ino_t ino; /* 0 where the file could not be looked at */
};

struct ck_program {
    unsigned count;
    struct ck_program_name names[CK_PROGRAM_NAMES_MAX];
};

/* Whether `path` of the policy names this file: by its text, by what it resolves to, or by the directory it lies in. */
bool ck_path_matches(const struct ck_policy *policy, const struct ck_path *path, const struct ck_program_name *name);

/* Whether a rule is for an effective uid: without User=, for any but 0. */
bool ck_rule_has_user(const struct ck_policy *policy, const struct ck_rule *rule, uid_t uid);

/* Whether a rule's programs, or launchers, have this one among them: an empty list is any. */
bool ck_range_has_program(const struct ck_policy *policy, const struct ck_range *range,
                          const struct ck_program *program);

/* Whether any rule is for some launchers alone. */
bool ck_match_has_launchers(const struct ck_policy *policy);

/* The rules are for the launcher `executable` from here on: those for other launchers are foreign (struct ck_rule). */
void ck_match_set_launcher(struct ck_policy *policy, const char *executable);

/* Whether a rule with a mistake in it is for the launcher `executable`, or with NULL for any. */
bool ck_match_is_broken(const struct ck_policy *policy, const char *executable);

/* Whether no rule is for this launcher: each names others. */
bool ck_match_is_foreign(const struct ck_policy *policy);

/*
 * Whether this path, or a name that is looked for in PATH, may be that of a launcher that a rule names, as far as the last
 * part of a name tells: of the file, or of its directory where the rule is for a directory. The file is not looked at.
 */
bool ck_match_may_name_launcher(const struct ck_policy *policy, const char *name);

/* Whether some rule could match once this program, executed with a uid 0, is the launcher. */
bool ck_match_launcher(const struct ck_policy *policy, const struct ck_program *program);

/*
 * What the launcher's own calls must not take away: for a thread with a uid 0 what any rule with Guard= may keep
 * later, for another one what those that match it keep.
 */
uint64_t ck_match_guard(const struct ck_policy *policy, bool any_root, uid_t euid);

/* Rules by their numbers in the policy: those whose Program= names what is being executed, or which have none. */
struct ck_rule_set {
    uint64_t words[(CK_RULES_MAX + 63) / 64];
};

void ck_match_program(const struct ck_policy *policy, const struct ck_program *program, struct ck_rule_set *ret_rules);

/*
 * The Program= of the first rule that is for effective uid `euid`, keeps something, and is not among `running`; NULL where
 * there is none. Of a directory form it is the directory, and of several paths the first.
 */
const char *ck_match_awaited(const struct ck_policy *policy, uid_t euid, const struct ck_rule_set *running);

/* The rule that came nearest to a match, and what it is for instead. */
struct ck_miss {
    const char *rule;  /* its name; NULL where no rule is without a mistake */
    bool has_user;     /* else it is for other users: `user_count`, of which `user` is the first */
    bool has_launcher; /* the same; of a directory form `launcher` is the directory */
    uint32_t user_count;
    uint32_t launcher_count;
    uid_t user;
    const char *launcher;
};

/*
 * Where no rule matches effective uid `euid`. A rule that names what it shares with this change is nearer than one that is
 * for any; of two that are equally near it is the first.
 */
void ck_match_nearest(const struct ck_policy *policy, uid_t euid, struct ck_miss *ret_miss);

/*
 * The rules for effective uid `euid`. `running`: the rules of ck_match_program for what is being executed; NULL where
 * nothing is, as after a credential change.
 */
void ck_match(const struct ck_policy *policy, uid_t euid, const struct ck_rule_set *running, struct ck_keep *ret_keep);

/* Both in one: the rules for `uid` executing `program`. */
void ck_match_exec(const struct ck_policy *policy, uid_t uid, const struct ck_program *program,
                   struct ck_keep *ret_keep);
