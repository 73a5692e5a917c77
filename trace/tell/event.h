/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What a trace tells: one of these for everything that matters, in the order in which it happened. */
#include "../proc/proc.h"

enum ck_trace_kind {
    CK_TRACE_START,      /* a process is there */
    CK_TRACE_CREDENTIAL, /* a call of the setuid family has changed an id or a set */
    CK_TRACE_CAPABILITY, /* capset, prctl, or a user namespace has changed a set, securebits or no_new_privs */
    CK_TRACE_EXEC,
    CK_TRACE_DENIED,  /* a call has failed for want of a capability */
    CK_TRACE_REFUSED, /* a call has failed for what no capability helps against */
    CK_TRACE_USED,    /* a call has succeeded by a capability; of the program, each once */
    CK_TRACE_EXIT,
};

/* Where a capability was lost. */
struct ck_loss_place {
    pid_t pid;
    char comm[17];
    char call[24];
    enum ck_kernel_rule rule; /* CK_RULE_COUNT where the model does not know */
    uid_t uid;                /* effective, after it */
    const char *program;      /* what was executed then, or by this very call; NULL where that was nothing */
    bool by_itself;           /* in a program that became root by its set-user-ID bit, out of anybody's reach */
    bool is_valid;
};

/* Whether the thread has a capability that it was denied for want of. */
enum ck_held {
    CK_HELD_NOT,
    CK_HELD_PERMITTED, /* but it is not effective */
    CK_HELD_NAMESPACE, /* but over its own user namespace alone */
};

/* Why a call was refused. */
struct ck_refusal {
    const char *code; /* stable, as those of the rules (model/rules.h) are */
    const char *text;
    const char *what; /* of the call: an option, a set */
    uint64_t mask;    /* the capabilities that it asked for in vain, if it was any */
};

struct ck_trace_event {
    enum ck_trace_kind kind;
    double time; /* seconds since the trace began */
    pid_t pid;
    pid_t tid;
    pid_t ppid;
    unsigned depth; /* in the tree of processes */
    const char *comm;
    const char *former_comm; /* of an exec: who has done it */
    const char *exe;
    const char *call; /* "" where there was none */
    const char
        *object; /* of a denial: what the call was about, a path for one, as it can be printed; "" where not known */

    const struct ck_thread *after; /* as it is now */

    /* Of a change and of an exec. */
    const struct ck_thread *before;
    struct ck_losses losses;
    struct ck_capset unexplained; /* lost, and by no rule of the model */
    bool asked;                   /* the model, which does not know everything: other user namespaces */
    bool disagrees;               /* it says otherwise */
    struct ck_capset predicted;   /* what it says, where it disagrees */
    bool leaves_here;             /* another user namespace has been entered */
    bool secure;                  /* AT_SECURE, as the model says; of an exec */
    bool by_itself;               /* it happens in a program that became root by its set-user-ID bit */
    const char *script;           /* of an exec: what was asked for; or "" */
    const char *program;          /* of an exec: what a policy has to call it, a script by its own name */

    struct ck_refusal refusal;
    uint64_t used_mask;

    /* Of a denial. */
    unsigned cap;
    uint64_t also_mask; /* further ones that the same call asked for in vain */
    bool exact;         /* the kernel has named it; else it is likely */
    int error;          /* with which the call failed; of a refusal as well */
    struct ck_loss_place lost_at;
    const char *launcher; /* the executable that has left user ID 0 on the way here; NULL where none has */
    enum ck_held held;

    int status; /* of an exit, as of waitpid(2) */
};
