#include "funnel.h"

#include <errno.h>
#include <fcntl.h>

#include "../hot/apply.h"
#include "../hot/setxid_hook.h"
#include "../hot/sys.h"
#include "../hot/tell.h"

static const char *rule_name(const struct ck_state *state, const struct ck_keep *keep)
{
    return ck_policy_text(state->policy, state->policy->rules[keep->rule].name);
}

/* Runs in each other thread of the process, at glibc's own signal: that thread changes in the same step as its uid. */
static void around_setxid(int signal, void *info, void *context)
{
    const struct ck_state *state = &ck_sealed.state;
    struct ck_change change;
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;

    ck_change_begin(&change);
    ck_setxid_hook_call(signal, info, context);
    /* Not logged: the calling thread logs the same change once for all. */
    (void)ck_change_end(&change, state->policy, state->last_cap, &after, &keep, &verdict);
}

void ck_funnel_change_begin(const struct ck_state *state, bool broadcast, struct ck_change *ret_change)
{
    ret_change->possible = false;
    if (!state->armed || state->policy == NULL)
        return;
    ck_change_begin(ret_change);
    if (broadcast && state->glibc && ret_change->possible)
        ck_setxid_hook_install(around_setxid);
}

void ck_funnel_change_end(const struct ck_state *state, const char *call, const struct ck_change *change)
{
    int saved_errno = errno;
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;

    if (change->possible && ck_change_end(change, state->policy, state->last_cap, &after, &keep, &verdict)) {
        struct ck_record record = {
            .launcher = state->executable,
            .call = call,
            .rule = rule_name(state, &keep),
            .before = &change->before.uids,
            .after = &after,
            .verdict = &verdict,
        };
        ck_tell(&state->log, &record);
    }
    errno = saved_errno;
}

/* C2: what the rules give this program. `uids` neither real nor effective 0 (as they will be at the exec). */
static int prepare(const struct ck_state *state, const char *call, const struct ck_target *target, bool once,
                   const struct ck_uids *uids, struct ck_exec *exec)
{
    struct ck_program_texts texts;
    struct ck_program program = {0};
    struct ck_file_facts facts = {0};
    struct ck_keep keep;
    struct ck_verdict verdict;

    ck_match_change(state->policy, uids->effective, &keep);
    if (keep.rule == CK_NO_RULE)
        return 0;
    ck_program_look(target, &texts, &program, &facts);
    ck_match_exec(state->policy, uids->effective, &program, &keep);
    int result = ck_exec_prepare(&keep, &facts, once, state->last_cap, &exec->undo, &verdict);
    struct ck_record record = {
        .launcher = state->executable,
        .call = call,
        .program = target->path,
        .rule = rule_name(state, &keep),
        .before = uids,
        .after = uids,
        .verdict = &verdict,
        .refused = result < 0,
    };
    /* A candidate of the PATH search that is not there is no program to speak of. */
    if (result < 0 || (ck_verdict_lost(&verdict) != 0 && program.names[0].ino != 0))
        ck_tell(&state->log, &record);
    return result;
}

int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *envp, bool spawns, bool resets_ids, struct ck_exec *ret_exec)
{
    struct ck_uids uids;

    ret_exec->undo.count = 0;
    ret_exec->mode = state->secure ? CK_ENVIRON_STRIP : CK_ENVIRON_CARRY;
    ret_exec->need = (struct ck_environ_need){.same = true};
    if (!state->armed || ck_sys_getresuid(&uids) < 0)
        return 0;
    if (resets_ids)
        uids.effective = uids.real;
    /* The saved uid does not count: exec copies the effective uid into it (execve(2)). */
    if (uids.real != 0 && uids.effective != 0) {
        ret_exec->mode = CK_ENVIRON_STRIP;
        if (state->policy != NULL) {
            int result = prepare(state, call, target, !spawns && uids.saved == 0, &uids, ret_exec);
            if (result < 0)
                return result;
        }
    }
    ck_environ_measure(ret_exec->mode, &state->carry, envp, &ret_exec->need);
    return 0;
}

void ck_funnel_exec_end(const struct ck_exec *exec)
{
    struct ck_step failed;

    if (exec->undo.count > 0)
        (void)ck_apply(&exec->undo, &failed); /* lowering needs nothing; what was ambient may be raised again */
}
