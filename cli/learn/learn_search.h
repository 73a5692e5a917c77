/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The smallest set of capabilities with which a command passes its check, and the proof of it. Pure: how a set is tried
 * is the caller's. Nothing is taken for granted of the check; more can be less: a program may fail with a set that holds
 * all of what it needs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Asked for often, and no call fails without them (fs/attr.c, fs/eventpoll.c). */
extern const uint64_t ck_learn_silent_mask;

/* What an observed run has shown of the checks that the kernel has made. */
struct ck_learn_seen {
    uint64_t granted_mask;
    uint64_t denied_mask;
    uint64_t beside_admin_mask; /* by a call that also asked for CAP_SYS_ADMIN */
    bool is_exact; /* the kernel has told of each; else denials are likely guesses, and nothing is known as granted */
    bool has_lost; /* but not of all: there was no room */
};

struct ck_learn_trial {
    uint64_t set;
    bool is_observed;
    unsigned number;  /* from 1 */
    unsigned at_most; /* so many there will be, if no guess comes true */
};

/*
 * Runs the command with a set. Returns whether it has passed its check, or -errno, which ends the search. Of an observed
 * one it fills in *ret_seen.
 */
typedef int ck_learn_try(void *context, const struct ck_learn_trial *trial, struct ck_learn_seen *ret_seen);

struct ck_learn_problem {
    uint64_t from_mask;     /* never more than these */
    unsigned confirm_count; /* how often the answer has to pass once more */
    bool all;               /* all minimal sets */
    ck_learn_try *try_set;
    void *context;
};

enum ck_learn_verdict {
    CK_LEARN_PROVEN,
    CK_LEARN_NOT_ENOUGH, /* no set was found with which it passes */
    CK_LEARN_UNSTEADY,   /* the same set has passed and not passed */
};

#define CK_LEARN_ALL_MAX 10U
/* So many subsets of ten can be there of which none holds another (Sperner). */
#define CK_LEARN_SETS_MAX 252U

struct ck_learn_answer {
    enum ck_learn_verdict verdict;
    uint64_t set;            /* proven; or the one that was not steady */
    bool has_passed_before;  /* that one, until it did the contrary */
    uint64_t candidate_mask; /* 0 where the empty set has passed at once */
    bool is_exact;           /* the candidates are the kernel's word */
    bool passes_with_all;
    unsigned set_count; /* with `all` */
    uint64_t sets[CK_LEARN_SETS_MAX];
};

/* Returns 0, -E2BIG where `all` is asked for and there are more candidates than CK_LEARN_ALL_MAX, or what a run returned. */
int ck_learn_search(const struct ck_learn_problem *problem, struct ck_learn_answer *ret_answer);

/* Of the capabilities in a set, which is not empty, the one that gives least power. */
unsigned ck_learn_weakest(uint64_t set);

/* How many runs it takes at most, where all of from_mask prove to be candidates. */
unsigned ck_learn_at_most(const struct ck_learn_problem *problem);
