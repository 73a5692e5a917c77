#include "funnel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "../hot/apply.h"
#include "../hot/creds_read.h"
#include "../hot/setxid_hook.h"
#include "../hot/sys.h"
#include "../hot/tell.h"

static const char *rule_name(const struct ck_state *state, const struct ck_keep *keep)
{
    if (keep->rule == CK_NO_RULE)
        return NULL;
    return ck_policy_text(state->policy, state->policy->rules[keep->rule].name);
}

/* What the kernel refused to one thread: that may be to this one alone (a seccomp filter is a thread's). */
static bool is_of_thread(const struct ck_verdict *verdict)
{
    static const uint8_t reasons[] = {CK_LOST_KEEP_CAPS, CK_LOST_CAPSET, CK_LOST_RAISE, CK_LOST_UNREADABLE};
    uint64_t lost_mask = 0;

    for (size_t i = 0; i < sizeof(reasons); i++)
        lost_mask |= verdict->lost[reasons[i]];
    return lost_mask != 0 || verdict->unnarrowed || verdict->unhardened;
}

static void tell_change(const struct ck_state *state, const char *call, const struct ck_change *change,
                        const struct ck_uids *after, const struct ck_keep *keep, const struct ck_verdict *verdict,
                        int log_fd, pid_t thread)
{
    struct ck_record record = {
        .thread = thread,
        .launcher = state->executable,
        .is_self = !state->is_executable_known,
        .call = call,
        .rule = rule_name(state, keep),
        .before = &change->before.uids,
        .after = after,
        .verdict = verdict,
    };

    ck_tell(&state->log, log_fd, &record);
}

/* In a frame of its own: the signal may come while little of a thread's stack is left. */
static void __attribute__((noinline)) settle_thread(const struct ck_state *state, const struct ck_change *change)
{
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;

    /* What came of it the calling thread tells once for all, but for what it cannot know. */
    (void)ck_change_end(change, state->policy, state->last_cap, &after, &keep, &verdict);
    if (is_of_thread(&verdict))
        tell_change(state, "setxid", change, &after, &keep, &verdict, -1, ck_sys_gettid());
}

/* Runs in each other thread of the process, at glibc's own signal: that thread changes in the same step as its uid. */
static void around_setxid(int signal, void *info, void *context)
{
    struct ck_change change;

    ck_setxid_hook_enter();
    ck_change_begin(CK_SELF, &change);
    ck_setxid_hook_call(signal, info, context);
    settle_thread(&ck_sealed.state, &change);
    ck_setxid_hook_leave();
}

void ck_funnel_change_begin(const struct ck_state *state, bool broadcast, struct ck_funnel_change *ret_change)
{
    ret_change->change.possible = false;
    ret_change->log_fd = -1;
    ret_change->broadcast = false;
    if (!state->armed || state->policy == NULL)
        return;
    ck_change_look(CK_SELF, &ret_change->change);
    if (!ret_change->change.possible)
        return;
    /*
     * One thread that keeps what the others lose would be worse than none: whichever executes decides what the program
     * gets, and glibc aborts the process where threads differ in CAP_SETUID at the next change (nptl/setxid).
     */
    ret_change->broadcast = broadcast;
    if (broadcast && state->glibc && !ck_setxid_hook_install(around_setxid))
        ck_change_give_up(&ret_change->change, CK_LOST_THREADS);
    ck_change_keep(&ret_change->change);
    ret_change->log_fd = ck_emit_open(&state->log);
}

static void settle_and_tell(const struct ck_state *state, const char *call, const struct ck_funnel_change *change)
{
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;

    if (!ck_change_end(&change->change, state->policy, state->last_cap, &after, &keep, &verdict) && !verdict.unnarrowed)
        return;
    ck_verdict_blame(&verdict, state->held_mask, CK_LOST_DROPPED);
    /* musl installs its handler anew for each change, with every signal blocked: nothing gets around that one. */
    if (change->broadcast && !state->glibc && ck_sys_count_threads() > 1)
        verdict.lost[CK_LOST_THREADS] |= verdict.kept_mask | verdict.waiting_mask;
    tell_change(state, call, &change->change, &after, &keep, &verdict, change->log_fd, 0);
}

void ck_funnel_change_end(const struct ck_state *state, const char *call, const struct ck_funnel_change *change)
{
    int saved_errno = errno;

    if (change->change.possible)
        settle_and_tell(state, call, change);
    if (change->broadcast)
        ck_setxid_hook_wait();
    ck_emit_close(change->log_fd);
    errno = saved_errno;
}

/* What is about to be executed. Large, so in a frame of its own that is gone before the environment is built. */
struct look {
    struct ck_program_texts texts;
    struct ck_program program;
    struct ck_file_facts facts;
    enum ck_reach reach;
};

/*
 * A path names one file, of one architecture. A bare name is looked for in each one's directories, and ld.so(8) replaces
 * $LIB and its like by each one's own. What /etc/ld.so.preload says is not known here.
 */
static bool names_one_file(const char *preload)
{
    return preload != NULL && strchr(preload, '/') != NULL && strchr(preload, '$') == NULL;
}

/* Returns false where there is no such file: a candidate of the PATH search, as a rule. */
static bool look_at(const struct ck_state *state, const struct ck_target *target, struct look *ret_look)
{
    const char *preload = state->carry.preload;

    if (!ck_program_look(CK_SELF, target, &ret_look->texts, &ret_look->program, &ret_look->facts))
        return false;
    ret_look->reach = ck_reach_of(&ret_look->facts, preload == NULL, false);
    if (ret_look->reach == CK_REACH_FOREIGN && !names_one_file(preload) && ck_program_has_foreign_library())
        ret_look->reach = CK_REACH_YES;
    return true;
}

/* Whether the command can find the same file, in the environment that it needs. A secure one would not believe that. */
static bool can_be_supervised(const struct ck_state *state, const struct ck_target *target, unsigned how,
                              const struct ck_uids *uids)
{
    return state->supervisor != NULL && !state->secure && (how & CK_EXEC_AS_IT_IS) == 0 && target->dirfd == AT_FDCWD &&
           target->flags == 0 && strchr(target->path, '/') != NULL && uids->real == 0 && uids->effective == 0;
}

/*
 * A launcher in which there will be no library, and which the policy may be for. Returns whether it is to be executed
 * under a supervisor.
 */
static bool __attribute__((noinline))
tell_reach(const struct ck_state *state, const char *call, const struct ck_target *target, unsigned how,
           const struct ck_uids *uids)
{
    struct look look;

    if (!look_at(state, target, &look) || look.reach == CK_REACH_YES || !look.facts.is_executable ||
        !ck_match_launcher(state->policy, &look.program))
        return false;
    struct ck_record record = {
        .event = CK_EVENT_REACH,
        .launcher = state->executable,
        .is_self = !state->is_executable_known,
        .call = call,
        .program = target->path,
        .before = uids,
        .after = uids,
        .reach = look.reach,
        .is_supervised = can_be_supervised(state, target, how, uids),
    };
    ck_tell(&state->log, -1, &record);
    return record.is_supervised;
}

/* C2: what the rules give this program. `uids` neither real nor effective 0 (as they will be at the exec). */
static int __attribute__((noinline))
prepare(const struct ck_state *state, const char *call, const struct ck_target *target, unsigned how,
        const struct ck_uids *uids, struct ck_plan *ret_undo, uint64_t *ret_lower_mask)
{
    bool once = (how & CK_EXEC_SPAWNS) == 0 && uids->saved == 0;
    struct look look;
    struct ck_keep keep;
    struct ck_verdict verdict;

    ck_match_change(state->policy, uids->effective, &keep);
    if (keep.rule == CK_NO_RULE)
        return 0;
    if (!look_at(state, target, &look))
        return 0;
    look.facts.takes_library = look.reach == CK_REACH_YES && (how & CK_EXEC_AS_IT_IS) == 0;
    look.facts.leaves_root = (how & CK_EXEC_LEAVES_ROOT) != 0;
    ck_match_exec(state->policy, uids->effective, &look.program, &keep);
    int result = ck_exec_prepare(CK_SELF, &keep, &look.facts, once, state->last_cap, ret_undo, &verdict);
    ck_verdict_blame(&verdict, state->held_mask, once ? CK_LOST_DROPPED : CK_LOST_GONE);
    *ret_lower_mask = verdict.lower_mask;
    struct ck_record record = {
        .launcher = state->executable,
        .is_self = !state->is_executable_known,
        .call = call,
        .program = target->path,
        .rule = rule_name(state, &keep),
        .before = uids,
        .after = uids,
        .verdict = &verdict,
        .refused = result < 0,
    };
    if (result < 0 || ck_verdict_is_news(&verdict, once))
        ck_tell(&state->log, -1, &record);
    return result;
}

/* Descendants=no: the library goes along once more, with what it has to lower and nothing else of ours. */
static void carry_lower(const struct ck_state *state, uint64_t lower_mask, struct ck_exec *exec)
{
    struct ck_text text = ck_text_start(exec->lower_variable, sizeof(exec->lower_variable));

    ck_text_string(&text, CK_VARIABLE_LOWER "=");
    ck_text_hex(&text, lower_mask);
    exec->lower = (struct ck_carry){.preload = state->carry.preload, .count = 1, .vars = {exec->lower_variable}};
    exec->carry = &exec->lower;
    exec->mode = CK_ENVIRON_LOWER;
}

int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *envp, unsigned how, struct ck_exec *ret_exec)
{
    uint64_t lower_mask = 0;

    ret_exec->state = state;
    ret_exec->call = call;
    ret_exec->undo.count = 0;
    ret_exec->is_supervised = false;
    ret_exec->mode = state->secure ? CK_ENVIRON_STRIP : CK_ENVIRON_CARRY;
    ret_exec->carry = &state->carry;
    ret_exec->need = (struct ck_environ_need){.same = true};
    if (!state->armed)
        return 0;
    struct ck_uids *uids = &ret_exec->uids;
    ck_creds_read_uids(CK_SELF, uids);
    if ((how & CK_EXEC_RESETS_IDS) != 0) {
        how |= uids->effective == 0 && uids->real != 0 && uids->saved != 0 ? CK_EXEC_LEAVES_ROOT : 0U;
        uids->effective = uids->real;
    }
    /* The saved uid does not count: exec copies the effective uid into it (execve(2)). */
    bool dropped = uids->real != 0 && uids->effective != 0;
    if (dropped && state->policy != NULL) {
        int result = prepare(state, call, target, how, uids, &ret_exec->undo, &lower_mask);
        if (result < 0)
            return result;
    } else if (state->policy != NULL) {
        ret_exec->is_supervised = tell_reach(state, call, target, how, uids);
    }
    if (dropped)
        ret_exec->mode = CK_ENVIRON_STRIP;
    if (lower_mask != 0)
        carry_lower(state, lower_mask, ret_exec);
    ck_environ_measure(ret_exec->mode, ret_exec->carry, envp, &ret_exec->need);
    return 0;
}

void ck_funnel_exec_end(const struct ck_exec *exec)
{
    const struct ck_verdict verdict = {.unnarrowed = true};
    struct ck_step failed;

    /* Lowering needs nothing, and what was ambient may be raised again; so it takes a seccomp filter to refuse it. */
    if (exec->undo.count == 0 || ck_apply(CK_SELF, &exec->undo, &failed) == 0)
        return;
    struct ck_record record = {
        .launcher = exec->state->executable,
        .is_self = !exec->state->is_executable_known,
        .call = exec->call,
        .before = &exec->uids,
        .after = &exec->uids,
        .verdict = &verdict,
    };
    ck_tell(&exec->state->log, -1, &record);
}
