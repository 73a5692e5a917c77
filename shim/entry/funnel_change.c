/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "funnel.h"

#include "../hot/sys.h"
#include "../hot/tell.h"

const char *ck_funnel_rule_name(const struct ck_state *state, const struct ck_keep *keep)
{
    if (keep->rule == CK_NO_RULE)
        return NULL;
    return ck_policy_text(state->policy, state->policy->rules[keep->rule].name);
}

struct ck_record ck_funnel_record(const struct ck_state *state, const char *call)
{
    return (struct ck_record){
        .launcher = state->executable,
        .is_self = !state->is_executable_known,
        .call = call,
    };
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

/* What came of a change, and who was to be told. */
struct outcome {
    struct ck_uids after;
    struct ck_keep keep;
    struct ck_verdict verdict;
    bool is_matched;
};

static void settle(const struct ck_state *state, const struct ck_change *change, struct ck_transaction *transaction,
                   struct outcome *ret_outcome)
{
    struct ck_rule_set rules;
    const struct ck_rule_set *running = ck_executing_overtake(transaction, &rules);

    ret_outcome->is_matched = ck_change_end(change, state->policy, running, state->kernel.last_cap, &ret_outcome->after,
                                            &ret_outcome->keep, &ret_outcome->verdict);
}

static void tell_change(const struct ck_state *state, const char *call, const struct ck_change *change,
                        const struct outcome *outcome, int log_fd, pid_t thread)
{
    struct ck_record record = ck_funnel_record(state, call);

    record.thread = thread;
    record.rule = ck_funnel_rule_name(state, &outcome->keep);
    record.before = &change->before.uids;
    record.after = &outcome->after;
    record.verdict = &outcome->verdict;
    ck_tell(&state->log, log_fd, &record);
}

/* Where root was left and no rule is for it. */
static void __attribute__((noinline)) tell_no_match(const struct ck_state *state, const char *call,
                                                    const struct ck_change *change, const struct ck_uids *after,
                                                    int log_fd)
{
    struct ck_record record = ck_funnel_record(state, call);
    struct ck_miss miss;

    if (!ck_log_wants_all(&state->log) || !change->possible || !ck_uids_left_root(&change->before.uids, after))
        return;
    ck_match_nearest(state->policy, after->effective, &miss);
    record.event = CK_EVENT_NO_MATCH;
    record.before = &change->before.uids;
    record.after = after;
    record.miss = &miss;
    ck_tell(&state->log, log_fd, &record);
}

/* In a frame of its own: the signal may come while little of a thread's stack is left. */
static void __attribute__((noinline)) settle_thread(const struct ck_state *state, const struct ck_change *change,
                                                    struct ck_transaction *transaction)
{
    struct outcome outcome;

    /* What came of it the calling thread tells once for all, but for what it cannot know. */
    settle(state, change, transaction, &outcome);
    if (is_of_thread(&outcome.verdict))
        tell_change(state, "setxid", change, &outcome, -1, ck_sys_gettid());
}

/* Runs in each other thread of the process, at glibc's own signal: that thread changes in the same step as its uid. */
static void around_setxid(int signal, void *info, void *context)
{
    struct ck_transaction transaction;
    struct ck_change change;
    uint32_t number;

    if (!ck_hook_enter(&transaction, &number)) {
        ck_hook_call(signal, info, context);
        return;
    }
    ck_change_begin(CK_SELF, &change);
    ck_hook_call(signal, info, context);
    settle_thread(&ck_sealed.state, &change, &transaction);
    ck_hook_leave(number);
}

void ck_funnel_change_begin(const struct ck_state *state, bool broadcast, struct ck_funnel_change *ret_change)
{
    struct ck_change *change = &ret_change->change;

    ret_change->is_begun = state->armed && (!state->is_foreign || ck_log_wants_all(&state->log));
    if (!ret_change->is_begun)
        return;
    ck_transaction_begin(state->glibc, &ret_change->transaction);
    ret_change->broadcast = false;
    ret_change->log_fd = -1;
    ck_change_look(CK_SELF, change);
    if (!change->possible)
        return;
    ret_change->log_fd = ck_emit_open(&state->log);
    /* No rule can match: it is looked at for the log alone. */
    if (state->is_foreign)
        return;
    /*
     * One thread that keeps what the others lose would be worse than none: whichever executes decides what the program
     * gets, and glibc aborts the process where threads differ in CAP_SETUID at the next change (nptl/setxid).
     */
    ret_change->broadcast = broadcast;
    if (broadcast && state->glibc && !ck_hook_install(&ret_change->transaction, around_setxid))
        ck_change_give_up(change, CK_LOST_THREADS);
    ck_change_keep(change);
}

static void __attribute__((noinline)) settle_and_tell(const struct ck_state *state, const char *call,
                                                      struct ck_funnel_change *change)
{
    struct outcome outcome;

    settle(state, &change->change, &change->transaction, &outcome);
    if (change->broadcast)
        ck_hook_wait();
    if (outcome.is_matched) {
        ck_words.is_changed = true;
        ck_words.kept_mask = outcome.verdict.kept_mask | outcome.verdict.waiting_mask;
    }
    ck_transaction_unlock(&change->transaction);
    if (!outcome.is_matched && !outcome.verdict.unnarrowed) {
        tell_no_match(state, call, &change->change, &outcome.after, change->log_fd);
        return;
    }
    ck_verdict_blame(&outcome.verdict, state->held_mask, CK_LOST_DROPPED);
    /* musl installs its handler anew for each change, with every signal blocked: nothing gets around that one. */
    if (change->broadcast && !state->glibc && ck_sys_count_threads() > 1)
        outcome.verdict.lost[CK_LOST_THREADS] |= outcome.verdict.kept_mask | outcome.verdict.waiting_mask;
    tell_change(state, call, &change->change, &outcome, change->log_fd, 0);
}

void ck_funnel_change_end(const struct ck_state *state, const char *call, struct ck_funnel_change *change)
{
    if (!change->is_begun)
        return;
    settle_and_tell(state, call, change);
    ck_emit_close(change->log_fd);
    ck_transaction_end(&change->transaction);
}
