/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contract C1, C3, C7 over every state: the library's own code around the model's setresuid, for all states of two
 * capabilities, the securebits and the uids that count, and all that rules can say. What must come of it is worked out
 * here from the contract's words, in sets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>

#include "../../model/uid_change.h"
#include "../../shim/hot/change.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))
/* In permitted and effective of every launcher here, so that it may change its uid; no rule is about it. */
#define SETUID BIT(CAP_SETUID)
#define OWN_KEEP (SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP)
#define KNOWN (BIT(PROOF_LAST_CAP + 1) - 1)

static const struct ck_kernel kernel = {PROOF_LAST_CAP, true, true, true};
static const struct proof_pair pairs[] = {
    {"without CAP_SETPCAP", BIT(CAP_FOWNER), BIT(CAP_SETGID)},
    {"with CAP_SETPCAP", BIT(CAP_FOWNER), BIT(CAP_SETPCAP)},
};
static const uint32_t securebits[] = {
    0,
    SECBIT_KEEP_CAPS,
    SECBIT_NO_SETUID_FIXUP,
    SECBIT_NO_CAP_AMBIENT_RAISE,
    SECBIT_KEEP_CAPS | SECBIT_NO_CAP_AMBIENT_RAISE,
    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_CAP_AMBIENT_RAISE,
    SECBIT_KEEP_CAPS_LOCKED,
    SECBIT_KEEP_CAPS | SECBIT_KEEP_CAPS_LOCKED,
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct ck_policy policy;

/* One case, and what is the same for many. */
struct work {
    const struct proof_pair *pair;
    struct ck_uids from;
    struct ck_uids to;
    uint32_t securebits;
    const struct proof_rules *rules;
    bool running; /* in the middle of executing PROOF_THIS_PROGRAM */
    struct ck_rule_set running_rules;
    uint64_t cases;
    /* of the case at hand */
    struct ck_thread before;
    struct ck_thread bare;  /* after the call, without the library */
    struct ck_thread after; /* and with it */
    struct ck_keep keep;
    struct ck_verdict verdict;
    bool is_matched;
};

static void fail_case(const struct work *work, const char *what)
{
    const struct ck_capset *b = &work->before.caps, *a = &work->after.caps;
    const struct proof_rule *r = work->rules->rules;

    fail_msg(
        "%s: %s, securebits %#x, uids %d %d %d to %d %d %d, running %d\n"
        "  before P %#lx E %#lx I %#lx A %#lx B %#lx\n  after  P %#lx E %#lx I %#lx A %#lx B %#lx securebits %#x\n"
        "  %u rules: {a %#lx i %#lx b %#lx program %d nnp %d refuse %d} {a %#lx i %#lx b %#lx program %d refuse %d}",
        what, work->pair->name, work->securebits, (int)work->from.real, (int)work->from.effective,
        (int)work->from.saved, (int)work->to.real, (int)work->to.effective, (int)work->to.saved, work->running,
        b->permitted, b->effective, b->inheritable, b->ambient, b->bounding, a->permitted, a->effective, a->inheritable,
        a->ambient, a->bounding, work->after.securebits, work->rules->count, r[0].ambient_mask, r[0].inheritable_mask,
        r[0].bounding_mask, r[0].program, r[0].no_new_privs, r[0].refuse, r[1].ambient_mask, r[1].inheritable_mask,
        r[1].bounding_mask, r[1].program, r[1].refuse);
}

static void must(const struct work *work, bool holds, const char *what)
{
    if (!holds)
        fail_case(work, what);
}

static struct ck_thread make_thread(const struct work *work, const struct ck_capset *caps)
{
    struct ck_thread thread = {
        .uids = work->from,
        .fsuid = work->from.effective,
        .caps = *caps,
        .securebits = work->securebits,
        .userns = &ck_userns_initial,
    };

    thread.caps.permitted |= SETUID;
    thread.caps.effective |= SETUID;
    thread.caps.bounding |= SETUID;
    return thread;
}

static void change_uids(const struct work *work, struct ck_thread *thread)
{
    struct ck_outcome outcome;

    if (ck_uid_change_setresuid(&kernel, thread, &work->to, &outcome) == 0)
        *thread = outcome.after;
}

/* The case, bare and with the library. */
static void play(struct work *work, struct proof_caller *caller)
{
    struct ck_change change;
    struct ck_uids uids;

    work->bare = work->after = work->before;
    change_uids(work, &work->bare);
    proof_caller_init(caller, &kernel, &work->after);
    ck_change_begin(&caller->caller, &change);
    change_uids(work, &work->after);
    work->is_matched = ck_change_end(&change, &policy, work->running ? &work->running_rules : NULL, PROOF_LAST_CAP,
                                     &uids, &work->keep, &work->verdict);
    work->cases++;
}

static bool is_left(const struct work *work)
{
    return ck_uids_left_root(&work->before.uids, &work->bare.uids);
}

static bool is_hardened(const struct work *work, const struct proof_asked *asked)
{
    return (work->after.caps.bounding & KNOWN & ~asked->bounding_mask) == 0 &&
           (!asked->no_new_privs || work->after.no_new_privs);
}

/* K: what the rules ask for, cut down to what was permitted, and to what the kernel lets become ambient. */
static uint64_t find_k(const struct work *work, const struct proof_asked *asked, bool may_harden)
{
    const struct ck_capset *before = &work->before.caps;
    bool keeps = (work->securebits & OWN_KEEP) != 0;
    uint64_t k = asked->kept_mask & before->permitted & (before->bounding | before->inheritable);

    if (!keeps && (work->securebits & SECBIT_KEEP_CAPS_LOCKED) != 0)
        return 0;
    if ((work->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
        k &= work->bare.caps.ambient;
    return may_harden ? k : k & ~asked->refuse_now;
}

/* The verdict tells what there is: everything that was asked for is kept, waits or is lost, and in one way only. */
static void must_be_told(const struct work *work, const struct proof_asked *asked)
{
    const struct ck_verdict *verdict = &work->verdict;
    uint64_t there_mask = verdict->kept_mask | verdict->waiting_mask;
    uint64_t lost_mask = ck_verdict_lost(verdict);

    must(work, (verdict->kept_mask & ~work->after.caps.ambient) == 0, "told as kept, and not ambient");
    must(work, (verdict->waiting_mask & ~work->after.caps.permitted) == 0, "told as waiting, and not permitted");
    must(work, ((there_mask | lost_mask) & asked->kept_mask) == asked->kept_mask, "asked for, and nothing told of it");
    must(work, (there_mask & lost_mask) == 0, "told as kept and as lost");
    must(work, is_hardened(work, asked) || verdict->unhardened, "not hardened, and not told");
}

static void must_be_bare(const struct work *work)
{
    must(work, proof_same(&work->after, &work->bare), "not as without the library");
}

static void must_be_k(const struct work *work, const struct proof_asked *asked)
{
    const struct ck_capset *before = &work->before.caps, *after = &work->after.caps, *bare = &work->bare.caps;
    bool keeps = (work->securebits & OWN_KEEP) != 0;
    bool may_drop =
        (before->bounding & KNOWN & ~asked->bounding_mask) == 0 ||
        ((keeps || (work->securebits & SECBIT_KEEP_CAPS_LOCKED) == 0) && (before->permitted & BIT(CAP_SETPCAP)) != 0);
    uint64_t k = find_k(work, asked, may_drop);
    uint64_t survives = (work->securebits & SECBIT_KEEP_CAPS_LOCKED) != 0 ? bare->permitted : before->permitted;
    uint64_t waits = asked->inheritable_any & ~asked->inheritable_now & survives;
    uint64_t iab = asked->inheritable_now & (before->inheritable | (survives & before->bounding));

    must(work, after->permitted == (keeps ? bare->permitted : k | waits), "C1: P is not K");
    must(work, after->effective == (keeps ? bare->effective : k & asked->now_mask), "C1: E is not K");
    must(work, after->ambient == (bare->ambient | (k & asked->now_mask)), "C1: A is not K");
    must(work, after->inheritable == (before->inheritable | (k & asked->now_mask) | iab),
         "C1: I is not what it was and A");
    must(work, after->bounding == (may_drop ? before->bounding & asked->bounding_mask : before->bounding), "C3: B");
    must(work, work->after.no_new_privs == asked->no_new_privs, "C3: no_new_privs");
    must(work, work->verdict.kept_mask == (k & asked->now_mask), "what is kept is told");
    must(work, work->verdict.waiting_mask == (k & ~asked->now_mask), "what waits is told");
    must(work, work->verdict.unhardened == !may_drop, "what is hardened is told");
    must(work, work->verdict.needs_setpcap == (!may_drop && (before->permitted & BIT(CAP_SETPCAP)) == 0),
         "why it is not hardened is told");
    must(work, !work->verdict.unnarrowed, "nothing was refused");
}

static void prove(const struct ck_capset *caps, void *context)
{
    struct work *work = context;
    struct proof_caller caller;

    work->before = make_thread(work, caps);
    play(work, &caller);
    struct proof_asked asked = proof_ask(work->rules, work->bare.uids.effective, work->running);
    bool is_k = is_left(work) && asked.any;
    must(work, work->is_matched == is_k, "the answer of ck_change_end");
    must(work, (work->after.caps.permitted & ~work->before.caps.permitted) == 0, "C7: P has grown");
    must(work, work->after.securebits == work->bare.securebits, "C1: SECBIT_KEEP_CAPS");
    if (!is_k) {
        must_be_bare(work);
        return;
    }
    must_be_k(work, &asked);
    must_be_told(work, &asked);
}

/* --- what is gone through */

static const struct ck_uids root = {0, 0, 0};
static const struct ck_uids user = {PROOF_USER, PROOF_USER, PROOF_USER};

static void with_rules(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    work->rules = rules;
    proof_make_policy(rules, &policy);
    proof_running(&policy, &work->running_rules);
    for (size_t i = 0; i < COUNT(securebits); i++) {
        work->securebits = securebits[i];
        proof_each_state(work->pair, prove, work);
    }
}

/* The usual change, with all that rules can say. */
static void c1_p_is_k_for_every_state_and_rule(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct work work = {.pair = &pairs[i], .from = root, .to = user};

        proof_each_rules(&pairs[i], 11, with_rules, &work);
        work.running = true;
        proof_each_rules(&pairs[i], 29, with_rules, &work);
        assert_true(work.cases > 500000);
    }
}

static void with_uids(const struct proof_rules *rules, void *context)
{
    const uid_t ids[] = {0, PROOF_USER, PROOF_OTHER_USER};
    struct work *work = context;

    work->rules = rules;
    proof_make_policy(rules, &policy);
    for (unsigned from = 0; from < 8; from++) {
        for (unsigned to = 0; to < 27; to++) {
            work->from = (struct ck_uids){ids[from & 1], ids[from >> 1 & 1], ids[from >> 2 & 1]};
            work->to = (struct ck_uids){ids[to % 3], ids[to / 3 % 3], ids[to / 9]};
            proof_each_state(work->pair, prove, work);
        }
    }
}

/* Temporary changes, back to root, to another user, and from one user to another. */
static void c1_only_leaving_root_for_good_is_a_change(void **state)
{
    static const uint32_t bits[] = {0, SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP};

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(bits); i++) {
        struct work work = {.pair = &pairs[1], .securebits = bits[i]};

        proof_each_rules(&pairs[1], 691, with_uids, &work);
        assert_true(work.cases > 200000);
    }
}

/* The call itself is refused: nothing has happened. */
static void c1_a_change_that_fails_leaves_the_thread_as_it_was(void **state)
{
    const struct proof_rules rules = {1, {{.ambient_mask = pairs[0].first, .bounding_mask = 0, .no_new_privs = true}}};
    struct work work = {.pair = &pairs[0], .from = root, .to = user, .rules = &rules};

    (void)state; /* cmocka's signature */
    proof_make_policy(&rules, &policy);
    for (size_t i = 0; i < COUNT(securebits); i++) {
        struct proof_caller caller;
        struct ck_capset caps = {.permitted = pairs[0].first, .effective = pairs[0].first};

        work.securebits = securebits[i];
        work.before = make_thread(&work, &caps);
        work.before.caps.effective = pairs[0].first; /* without CAP_SETUID */
        play(&work, &caller);
        must(&work, !work.is_matched, "matched");
        must(&work, proof_same(&work.after, &work.before), "not as before");
    }
}

/* --- callers that refuse */

/* What holds whatever is refused: nothing is gained, all that no rule gives is gone or that is told, and no word is false. */
static void must_be_safe(const struct work *work)
{
    const struct ck_capset *before = &work->before.caps, *after = &work->after.caps, *bare = &work->bare.caps;
    struct proof_asked asked = proof_ask(work->rules, PROOF_USER, work->running);
    uint64_t given = asked.kept_mask | asked.inheritable_any;
    bool keeps = (work->securebits & OWN_KEEP) != 0;

    must(work, (after->permitted & ~before->permitted) == 0, "C7: P has grown");
    must(work, (after->bounding & ~before->bounding) == 0, "B has grown");
    must(work, (after->inheritable & ~(before->inheritable | given)) == 0, "I has what nobody gave");
    must(work, (after->ambient & ~(bare->ambient | asked.now_mask)) == 0, "A has what nobody gave");
    if (!work->verdict.unnarrowed) {
        must(work, (after->permitted & ~(keeps ? bare->permitted : given)) == 0,
             "P has what nobody gave, and it is not told");
        must(work, (after->effective & ~(keeps ? bare->effective : asked.now_mask)) == 0,
             "E has what nobody gave, and it is not told");
        must(work, work->after.securebits == work->bare.securebits, "SECBIT_KEEP_CAPS, and it is not told");
    }
    if (work->is_matched)
        must_be_told(work, &asked);
}

static void prove_refused(const struct ck_capset *caps, void *context)
{
    struct work *work = context;
    struct proof_caller caller;
    struct ck_change change;
    struct ck_uids uids;
    unsigned count = 1;

    work->before = make_thread(work, caps);
    work->bare = work->before;
    change_uids(work, &work->bare);
    for (unsigned at = 1; at <= count; at++) {
        work->after = work->before;
        proof_caller_init(&caller, &kernel, &work->after);
        caller.refused_at = at;
        ck_change_begin(&caller.caller, &change);
        change_uids(work, &work->after);
        work->is_matched = ck_change_end(&change, &policy, NULL, PROOF_LAST_CAP, &uids, &work->keep, &work->verdict);
        must_be_safe(work);
        work->cases++;
        count = caller.count;
    }
}

static void with_refusals(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    work->rules = rules;
    proof_make_policy(rules, &policy);
    for (size_t i = 0; i < COUNT(securebits); i++) {
        work->securebits = securebits[i];
        proof_each_state(work->pair, prove_refused, work);
    }
}

static void c7_nothing_is_gained_where_one_call_is_refused(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct work work = {.pair = &pairs[i], .from = root, .to = user};

        proof_each_rules(&pairs[i], 331, with_refusals, &work);
        assert_true(work.cases > 100000);
    }
}

static void prove_filtered(const struct ck_capset *caps, void *context)
{
    struct work *work = context;
    struct proof_caller caller;
    struct ck_change change;
    struct ck_uids uids;

    work->before = make_thread(work, caps);
    work->bare = work->before;
    change_uids(work, &work->bare);
    for (unsigned one = 0; one < PROOF_CALL_COUNT; one++) {
        for (unsigned other = one; other < PROOF_CALL_COUNT; other++) {
            work->after = work->before;
            proof_caller_init(&caller, &kernel, &work->after);
            caller.refused_kinds = 1U << one | 1U << other;
            ck_change_begin(&caller.caller, &change);
            change_uids(work, &work->after);
            work->is_matched =
                ck_change_end(&change, &policy, NULL, PROOF_LAST_CAP, &uids, &work->keep, &work->verdict);
            must_be_safe(work);
            work->cases++;
        }
    }
}

static void with_filters(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    work->rules = rules;
    proof_make_policy(rules, &policy);
    for (size_t i = 0; i < COUNT(securebits); i += 3) {
        work->securebits = securebits[i];
        proof_each_state(work->pair, prove_filtered, work);
    }
}

static void c7_nothing_is_gained_where_filters_refuse_any_two_calls(void **state)
{
    (void)state; /* cmocka's signature */
    struct work work = {.pair = &pairs[1], .from = root, .to = user};

    proof_each_rules(&pairs[1], 431, with_filters, &work);
    assert_true(work.cases > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c1_p_is_k_for_every_state_and_rule),
        cmocka_unit_test(c1_only_leaving_root_for_good_is_a_change),
        cmocka_unit_test(c1_a_change_that_fails_leaves_the_thread_as_it_was),
        cmocka_unit_test(c7_nothing_is_gained_where_one_call_is_refused),
        cmocka_unit_test(c7_nothing_is_gained_where_filters_refuse_any_two_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
