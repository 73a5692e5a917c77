/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A launch that is worked out instead of done. The library's own code (shim/hot) does what it does in a launcher, the
 * model of the kernel (model/) answers its calls: what comes out is what would happen. Pure.
 *
 * The launcher is one that sets all three uids by setresuid and then executes the program. The other ways to leave
 * uid 0 end in the same state at the exec (contract C1 and C2).
 */
#include "../../model/exec.h"
#include "../../model/kernel.h"
#include "../../shim/core/decide.h"
#include "../common/account.h"
#include "model_caller.h"
#include "why.h"

struct ck_launch {
    const struct ck_kernel *kernel;
    const struct ck_thread *from;   /* who starts the launcher */
    const struct ck_file *launcher; /* NULL: a plain file */
    bool is_served;                 /* the library will be in it, and sees its calls */
    const struct ck_account *account;
    const struct ck_policy *policy;
    const struct ck_program *program;
    const struct ck_file *file; /* of the program */
    const struct ck_file_facts
        *facts; /* the same: whether it is executable, and its ELF head; the rest is found here */
};

enum ck_launch_end {
    CK_LAUNCH_STARTED,
    CK_LAUNCH_NO_LAUNCHER, /* the launcher cannot be executed */
    CK_LAUNCH_NO_CHANGE,   /* it cannot change its user */
    CK_LAUNCH_REFUSED,     /* the library makes the exec fail: OnFailure=refuse */
    CK_LAUNCH_NO_EXEC,     /* the kernel does */
};

/* What happens at one of the two places where the library acts. */
struct ck_launch_act {
    bool is_done; /* it acts */
    struct ck_made_calls made;
    struct ck_verdict verdict;
};

struct ck_prediction {
    enum ck_launch_end end;
    int error;                 /* of a call that fails: a positive errno */
    struct ck_thread launcher; /* as it starts */
    struct ck_launch_act change;
    struct ck_launch_act exec;
    bool is_matched;        /* some rule gives this program something */
    bool is_secure;         /* AT_SECURE */
    bool is_unhardened;     /* the bounding set, no_new_privs or Descendants=no was asked for and is not to be had */
    bool needs_setpcap;     /* that is so because it is not permitted */
    struct ck_thread after; /* the program, as its main function starts; else whoever failed */

    /*
     * What is asked for: by the rules that match; where none does, by all; where there is none, what the launcher was
     * permitted. And what of that is not effective in the end, or not inheritable.
     */
    uint64_t want_mask;
    uint64_t want_inheritable_mask;
    uint64_t missing_mask;
    uint64_t missing_inheritable_mask;

    struct ck_capset lost[CK_WHY_COUNT]; /* why: each missing capability stands somewhere, with the sets that lack it */
};

/* Completes the facts of `file` as hot/program sees them from inside of `thread`, which is about to execute it. */
void ck_launch_see(const struct ck_kernel *kernel, const struct ck_thread *thread, const struct ck_file *file,
                   struct ck_file_facts *facts);

void ck_launch_predict(const struct ck_launch *launch, struct ck_prediction *ret_prediction);
