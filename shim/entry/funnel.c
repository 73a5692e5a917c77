#include "funnel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>

#include "../core/record.h"
#include "../hot/apply.h"
#include "../hot/creds_read.h"
#include "../hot/setxid_hook.h"
#include "../hot/sys.h"

static void log_verdict(const struct ck_state *state, const char *call, const char *program,
                        const struct ck_uids *before, const struct ck_uids *after, const struct ck_keep *keep,
                        const struct ck_verdict *verdict, bool refused)
{
    char line[CK_LINE_MAX - 64];
    char comm[17] = "?";
    struct ck_text text = ck_text_start(line, sizeof(line));
    bool lost = ck_verdict_lost(verdict) != 0 || verdict->unhardened;

    if (state->log == CK_LOG_NONE)
        return;
    (void)ck_sys_prctl(PR_GET_NAME, (unsigned long)comm, 0); /* "?" says as much as a failure would */
    const struct ck_record record = {
        .event = refused ? "refused"
                 : lost  ? "not-kept"
                         : "kept",
        .comm = comm,
        .launcher = state->executable,
        .call = call,
        .program = program,
        .rule = ck_policy_text(state->policy, state->policy->rules[keep->rule].name),
        .before = before,
        .after = after,
        .verdict = verdict,
    };
    ck_record_format(&record, &text);
    ck_emit(state->log, state->log_path, lost || refused ? CK_LEVEL_WARNING : CK_LEVEL_INFO, line);
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

    if (change->possible && ck_change_end(change, state->policy, state->last_cap, &after, &keep, &verdict))
        log_verdict(state, call, NULL, &change->before.uids, &after, &keep, &verdict, false);
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
    /* A candidate of the PATH search that is not there is no program to speak of. */
    if (result < 0 || (ck_verdict_lost(&verdict) != 0 && program.names[0].ino != 0))
        log_verdict(state, call, target->path, uids, uids, &keep, &verdict, result < 0);
    return result;
}

int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *envp, bool spawns, bool resets_ids, struct ck_exec *ret_exec)
{
    struct ck_uids uids;

    ret_exec->undo.count = 0;
    ret_exec->mode = CK_ENVIRON_CARRY;
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
