/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A credential change, as the launcher makes it: what is done before and after the real call. These functions know
 * neither which call it was nor how it was reached; wrappers, the handler of signal 33, the command and the supervisor
 * all come through here. Nothing of the same thread may come in between (hot/transaction.h).
 */
#include "../core/decide.h"
#include "caller.h"

struct ck_change {
    const struct ck_caller *caller;
    struct ck_creds before;
    bool possible;      /* a uid is 0 and something is permitted: there is something to keep or to restore */
    bool set_keep_caps; /* PR_SET_KEEPCAPS is ours and has to be taken back */
    bool no_capset;     /* capset(2) is refused, which is why it is not */
    bool given_up;      /* nothing can be kept, for `reason`: the kernel's own way is all that happens */
    enum ck_reason reason;
};

/*
 * Before the real call: takes the snapshot and asks the kernel to leave permitted alone (SECBIT_KEEP_CAPS). Where
 * capset(2) does not work (a seccomp filter), nothing is asked for: what could not be narrowed afterwards must not
 * survive. The two halves, for who has to do something in between: look, and then keep or give up.
 */
void ck_change_begin(const struct ck_caller *caller, struct ck_change *ret_change);
void ck_change_look(const struct ck_caller *caller, struct ck_change *ret_change);
void ck_change_keep(struct ck_change *change);
void ck_change_give_up(struct ck_change *change, enum ck_reason reason);

/*
 * After the real call, whatever it returned: puts SECBIT_KEEP_CAPS back and, where the thread has left uid 0, brings it
 * to what the policy gives. `running`: the rules for a program that the thread is in the middle of executing (ck_match), or
 * NULL. Returns true where rules matched, with them in *ret_keep, what came of them in *ret_verdict and the uids now in
 * *ret_after. Where it returns false, ret_verdict->unnarrowed has to be told all the same.
 */
bool ck_change_end(const struct ck_change *change, const struct ck_policy *policy, const struct ck_rule_set *running,
                   unsigned last_cap, struct ck_uids *ret_after, struct ck_keep *ret_keep,
                   struct ck_verdict *ret_verdict);
