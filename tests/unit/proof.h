/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * For proofs by exhaustion: every state that the kernel allows a thread, in two capabilities; rules about them; and a
 * caller over the model that can be told to refuse.
 */
#include "../../cli/explain/model_caller.h"
#include "../../shim/core/policy_match.h"

#define PROOF_USER 1
#define PROOF_OTHER_USER 8

/* A kernel with few capabilities, so that the whole of a bounding set is soon dropped. CAP_SETPCAP is its last. */
#define PROOF_LAST_CAP 8

/* Two capabilities, and as a mask what of them is in each set. */
struct proof_pair {
    const char *name;
    uint64_t first;
    uint64_t second;
};

/* Calls `each` for the 256 states of the pair with E ⊆ P and A ⊆ P ∩ I; the bounding set is free of these. */
void proof_each_state(const struct proof_pair *pair, void (*each)(const struct ck_capset *caps, void *context),
                      void *context);

/* --- rules */

enum proof_program {
    PROOF_ANY_PROGRAM,
    PROOF_THIS_PROGRAM,
    PROOF_OTHER_PROGRAM,
};

/* A rule in letters: masks, and who it is for. */
struct proof_rule {
    uint64_t ambient_mask;
    uint64_t inheritable_mask;
    uint64_t bounding_mask; /* UINT64_MAX: it does not speak of it */
    enum proof_program program;
    bool no_new_privs;
    bool refuse;
    bool no_descendants;
    bool guard;
    bool for_other_user;
    bool foreign;
};

/* Up to two rules, and what they ask for by the words of the contract, counted without the library. */
struct proof_rules {
    unsigned count;
    struct proof_rule rules[2];
};

struct proof_asked {
    bool any;                 /* a rule matches */
    uint64_t now_mask;        /* to be ambient now */
    uint64_t kept_mask;       /* that, and what waits for a program */
    uint64_t inheritable_now; /* IAB's, now */
    uint64_t inheritable_any; /* and for whatever program */
    uint64_t bounding_mask;
    uint64_t refuse_now;
    uint64_t refuse_any;
    uint64_t inherited_mask;
    bool no_new_privs;
};

/* Makes `policy` of the rules: for PROOF_USER, or PROOF_OTHER_USER alone. */
void proof_make_policy(const struct proof_rules *rules, struct ck_policy *policy);

/* What of them matches the user; `running`: with PROOF_THIS_PROGRAM being executed. */
struct proof_asked proof_ask(const struct proof_rules *rules, uid_t uid, bool running);

/* The rules of policy_match for PROOF_THIS_PROGRAM. */
void proof_running(const struct ck_policy *policy, struct ck_rule_set *ret_rules);

/*
 * Calls `each` for the product of what one rule can say, with each of some second ones. `step`: only every so many of them,
 * for what multiplies by something else.
 */
void proof_each_rules(const struct proof_pair *pair, unsigned step,
                      void (*each)(const struct proof_rules *rules, void *context), void *context);

/* Whether the two have the same credentials, and are in the same state. */
bool proof_same(const struct ck_thread *a, const struct ck_thread *b);

/* --- a caller that refuses */

enum proof_call {
    PROOF_CAPGET,
    PROOF_CAPSET,
    PROOF_CAPSET_PROBE,
    PROOF_GETRESUID,
    PROOF_GET_SECUREBITS,
    PROOF_BOUNDING_READ,
    PROOF_BOUNDING_DROP,
    PROOF_AMBIENT_IS_SET,
    PROOF_AMBIENT_RAISE,
    PROOF_AMBIENT_LOWER,
    PROOF_KEEP_CAPS,
    PROOF_NO_NEW_PRIVS,
    PROOF_GET_NO_NEW_PRIVS,
    PROOF_CALL_COUNT,
};

struct proof_caller {
    struct ck_caller caller;
    struct ck_model_caller model;
    unsigned refused_kinds; /* bit N: all calls of kind N, as by a seccomp filter */
    unsigned refused_at;    /* the one call with this number, from 1 */
    unsigned count;         /* calls so far */
};

void proof_caller_init(struct proof_caller *caller, const struct ck_kernel *kernel, struct ck_thread *thread);
