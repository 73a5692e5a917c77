/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The one path that every wrapper takes. Wrappers translate arguments; what is done is decided below here. */
#include "../cold/state.h"
#include "../hot/change.h"
#include "../hot/exec.h"
#include "../hot/program.h"
#include "../hot/transaction.h"
#include "real.h"

/* The sealed state; loads it where a dependency's constructor has called a wrapper before ours ran. */
static inline const struct ck_state *ck_state_get(void)
{
    if (!ck_sealed.state.ready)
        ck_entry_start();
    return &ck_sealed.state;
}

/* The name of the first rule that matched, for the log; NULL where none did. */
const char *ck_funnel_rule_name(const struct ck_state *state, const struct ck_keep *keep);
/* What every record of this process says. */
struct ck_record ck_funnel_record(const struct ck_state *state, const char *call);

struct ck_funnel_change {
    struct ck_transaction transaction;
    struct ck_change change;
    bool is_begun;
    bool broadcast; /* the C library tells the other threads */
    int log_fd;     /* opened before the change, or -1 */
};

/* Around a credential change of the whole process. `broadcast` is false for a raw system call: that thread alone. */
void ck_funnel_change_begin(const struct ck_state *state, bool broadcast, struct ck_funnel_change *ret_change);
void ck_funnel_change_end(const struct ck_state *state, const char *call, struct ck_funnel_change *change);

/* How a program is started, where it is not a plain exec by this thread. */
enum {
    CK_EXEC_SPAWNS = 1, /* the thread itself lives on: nothing that cannot be undone is done */
    CK_EXEC_HOLDS = 2,  /* the transaction lasts until the real call has returned: it does not execute in this thread */
    CK_EXEC_RESETS_IDS = 4,  /* the real ids count as the effective ones */
    CK_EXEC_AS_IT_IS = 8,    /* with the environment of the process, which cannot be rewritten */
    CK_EXEC_UNKNOWN = 16,    /* which file will be executed cannot be told from its path */
    CK_EXEC_REGARDLESS = 32, /* not begun anew once more */
    CK_EXEC_SHELL = 64, /* by the C library itself: what is executed, and with which arguments, is its own affair */
};

/*
 * Threads that execute at the same moment take each other for a change, and one that changes an environment all the time is
 * in the way now and then (one attempt in five): that comes to an end.
 */
#define CK_EXEC_ATTEMPTS 16

struct ck_exec {
    const struct ck_state *state;
    const char *call;
    unsigned how;
    bool is_begun;
    struct ck_transaction transaction;
    struct ck_uids uids; /* that decide: real and effective */
    bool is_executing;   /* ck_executing_begin was called */
    struct ck_exec_undo undo;
    enum ck_environ_mode mode;
    const struct ck_carry *carry;
    struct ck_environ_need need;
    struct ck_carry own_carry;    /* with CK_ENVIRON_LOWER the library and one variable, else as entry/carry.h has it */
    bool takes_library;           /* its loader can open the library, with the ids that the thread has now */
    bool is_supervised;           /* the program is to be executed through the command in state->supervisor */
    const char *own_variables[1]; /* of own_carry: the text below */
    char own_variable[CK_PUT_BACK_SIZE];
};

/*
 * Whether anything may have to be done for an exec of this path, or of a name in PATH. Where all rules are for other
 * launchers it is not, unless this may be one of those or the library is not in the environment any more: what is in there
 * the next constructor decides on. A log that wants all has each looked at.
 *
 * Without a system call, as contract C5 has it for a process that no rule is for, whose seccomp filter may kill for one. So
 * whether the environment is memory at all cannot be asked before it is read: where all rules are for others, one that is
 * none is a fault here, which the kernel would have refused with EFAULT.
 */
bool ck_funnel_exec_matters(const struct ck_state *state, const char *name, char *const *envp);

/*
 * Before a program is started from `target` with `argv` and `envp`, in the calling thread. Returns 0, or -EPERM where the
 * policy refuses. Every 0 is followed by ck_funnel_exec_go, right before the real call, and by ck_funnel_exec_end when that
 * returns. Where `go` returns false a change of uid has come in between: instead of the real call all begins anew. errno
 * is left as it was by all three.
 */
int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *argv, char *const *envp, unsigned how, struct ck_exec *ret_exec);
bool ck_funnel_exec_go(struct ck_exec *exec);
void ck_funnel_exec_end(struct ck_exec *exec);
