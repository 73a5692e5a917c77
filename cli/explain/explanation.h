/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What `capkeep explain` has to tell, whatever the form. */
#include <stdio.h>

#include "../common/account.h"
#include "launch.h"
#include "../../trace/proc/proc.h"
#include "service.h"
#include "why.h"

/* Why a rule does not count for a launch. */
enum ck_mismatch { CK_MISMATCH_NONE, CK_MISMATCH_LAUNCHER, CK_MISMATCH_USER, CK_MISMATCH_PROGRAM };

struct ck_explanation {
    const struct ck_kernel *kernel;
    const struct ck_service *launcher; /* what is told of as a launcher; NULL for a process */

    /* Of a launch; `prediction` is NULL where none was asked for. */
    const struct ck_prediction *prediction;
    const struct ck_thread *from;
    const char *version;  /* of the kernel, where it is not the one that runs; or NULL */
    bool is_root_assumed; /* `from` is not the calling process, but root as it would be here */
    bool is_launcher_given;
    const struct ck_account_entry *account;
    const struct ck_policy *policy;
    const struct ck_executable *program;
};

/* A process, what it has, and what the policy has for it. */
struct ck_process_explanation {
    const struct ck_kernel *kernel;
    const struct ck_proc *main;
    struct ck_proc *others; /* of its threads, those with other credentials */
    unsigned other_count;
    const char *exe;
    bool has_file;                          /* it could be looked at: */
    const struct ck_executable *executable; /* what it executes */
    bool is_script;                         /* that is the interpreter of a script, which is known: */
    const struct ck_executable *script;
    int has_library;   /* 1, 0, or negative: not to be known */
    bool is_elsewhere; /* in another user namespace */
    bool is_launcher;  /* it has a uid 0: the policy is for what it starts as another user */
    bool is_asked;     /* want_mask was asked for; else it is what the policy concerns */
    const struct ck_policy *policy;
    uint64_t gives_mask; /* what the rules keep that are for it */
    uint64_t want_mask;
    uint64_t missing_mask;               /* what is not permitted */
    struct ck_capset lost[CK_WHY_COUNT]; /* why, and why what is permitted is not passed on */
};

enum ck_mismatch ck_explanation_mismatch(const struct ck_policy *policy, const struct ck_rule *rule, uid_t uid,
                                         const struct ck_program *program);

/* "launcher", "user", "program". */
const char *ck_mismatch_word(enum ck_mismatch mismatch);

/* Whether the launcher that was given executes a shell for whatever it starts, and the program is none. */
bool ck_explanation_has_shell(const struct ck_explanation *explanation);

/* What a remedy depends on, for these capabilities. */
struct ck_why_case ck_explanation_case(const struct ck_explanation *explanation, uint64_t caps_mask);
struct ck_why_case ck_process_explanation_case(const struct ck_process_explanation *explanation, uint64_t caps_mask);

/*
 * Why a rule is not for a process. Which launcher has started it nobody knows; of a launcher only Launcher= counts, for
 * which a script is its interpreter.
 */
enum ck_mismatch ck_process_explanation_mismatch(const struct ck_process_explanation *explanation,
                                                 const struct ck_rule *rule);

/* The call that failed, or NULL where the program starts. */
const char *ck_explanation_failed_call(const struct ck_prediction *prediction);

/* Every capability that stands in one of the sets. */
static inline uint64_t ck_capset_any(const struct ck_capset *caps)
{
    return caps->permitted | caps->effective | caps->inheritable | caps->ambient | caps->bounding;
}

void ck_explanation_print_text(const struct ck_explanation *explanation, FILE *stream);
void ck_explanation_print_json(const struct ck_explanation *explanation, FILE *stream);
void ck_process_explanation_print_text(const struct ck_process_explanation *explanation, FILE *stream);
void ck_process_explanation_print_json(const struct ck_process_explanation *explanation, FILE *stream);
