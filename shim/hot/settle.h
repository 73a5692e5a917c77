#pragma once
/*
 * The keep transaction: what is done around a real credential change, and before an exec.
 * These functions know neither which call it was nor how it was reached; wrappers, the setxid handler and the command
 * all come through here.
 */
#include "../core/decide.h"
#include "caller.h"

struct ck_change {
    const struct ck_caller *caller;
    struct ck_creds before;
    bool possible;      /* a uid is 0 and something is permitted: there is something to keep or to restore */
    bool set_keep_caps; /* PR_SET_KEEPCAPS is ours and has to be taken back */
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
 * After the real call, whatever it returned: where the thread has left uid 0, settles it by the policy and returns
 * true with the rules that matched in *ret_keep, what came of them in *ret_verdict and the uids now in *ret_after;
 * else puts SECBIT_KEEP_CAPS back and returns false. Even then ret_verdict->unnarrowed has to be told.
 */
bool ck_change_end(const struct ck_change *change, const struct ck_policy *policy, unsigned last_cap,
                   struct ck_uids *ret_after, struct ck_keep *ret_keep, struct ck_verdict *ret_verdict);

/*
 * Before an exec: raises what `keep` gives, lowers what it keeps for other programs. Returns 0 with the plan that
 * takes it all back in *ret_undo, or -EPERM where OnFailure=refuse forbids the exec (everything is taken back then).
 */
int ck_exec_prepare(const struct ck_caller *caller, const struct ck_keep *keep, const struct ck_file_facts *facts,
                    bool once, unsigned last_cap, struct ck_plan *ret_undo, struct ck_verdict *ret_verdict);
