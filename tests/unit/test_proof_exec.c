/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Contract C2, C6, C7 over every state: the library's own code before the model's exec, and where that fails. Threads
 * without a real or effective uid 0, all states of two capabilities, what rules and files can be. What must come of it is
 * worked out here from the contract's words, in sets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>

#include "../../cli/explain/launch.h"
#include "../../model/exec.h"
#include "../../shim/hot/exec.h"
#include "proof.h"

#define BIT(cap) (UINT64_C(1) << (cap))
#define KNOWN (BIT(PROOF_LAST_CAP + 1) - 1)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct ck_kernel kernels[] = {
    {PROOF_LAST_CAP, true, true, true},    /* 6.17 and later */
    {PROOF_LAST_CAP, false, false, false}, /* before */
};
static const struct proof_pair pairs[] = {
    {"without CAP_SETPCAP", BIT(CAP_FOWNER), BIT(CAP_SETGID)},
    {"with CAP_SETPCAP", BIT(CAP_FOWNER), BIT(CAP_SETPCAP)},
};
static const struct ck_uids users[] = {
    {PROOF_USER, PROOF_USER, PROOF_USER},
    {PROOF_USER, PROOF_USER, 0},
    {PROOF_OTHER_USER, PROOF_USER, 0},
    {PROOF_USER, PROOF_OTHER_USER, PROOF_USER},
};
static const unsigned char no_caps[20] = {0, 0, 0, 2};
static const struct ck_file files[] = {
    {.mode = 0755},
    {.mode = 0755 | S_ISUID, .uid = 9},
    {.mode = 0755 | S_ISUID, .uid = PROOF_USER},
    {.mode = 0755 | S_ISGID, .gid = 9},
    {.mode = 0755 | S_ISUID, .uid = 9, .nosuid = true},
    {.mode = 0755, .caps = no_caps, .caps_length = sizeof(no_caps)},
    {.mode = 0755, .caps = no_caps, .caps_length = sizeof(no_caps), .nosuid = true},
};

static struct ck_policy policy;

/* One case, and what is the same for many. */
struct work {
    const struct proof_pair *pair;
    const struct ck_kernel *kernel;
    const struct ck_file *file;
    struct ck_uids uids;
    uint32_t securebits;
    bool no_new_privs;
    bool takes_library;
    bool is_unseen;
    bool may_start;
    bool once;
    const struct proof_rules *rules;
    struct ck_keep keep;
    uint64_t cases;
    /* of the case at hand */
    struct ck_thread before;
    struct ck_thread after;
    struct ck_file_facts facts;
    struct ck_exec_undo undo;
    struct ck_verdict verdict;
    int result;
};

static void must(const struct work *work, bool holds, const char *what)
{
    const struct ck_capset *b = &work->before.caps, *a = &work->after.caps;
    const struct proof_rule *r = work->rules->rules;

    if (holds)
        return;
    fail_msg("%s: result %d, %s, securebits %#x, uids %d %d %d, file %d, once %d, may start %d, unseen %d, takes %d\n"
             "  before P %#lx E %#lx I %#lx A %#lx B %#lx\n  after  P %#lx E %#lx I %#lx A %#lx B %#lx kept %#lx\n"
             "  %u rules: {a %#lx i %#lx b %#lx program %d nnp %d refuse %d nd %d} {a %#lx i %#lx b %#lx program %d "
             "refuse %d}",
             what, work->result, work->pair->name, work->securebits, (int)work->uids.real, (int)work->uids.effective,
             (int)work->uids.saved, (int)(work->file - files), work->once, work->may_start, work->is_unseen,
             work->takes_library, b->permitted, b->effective, b->inheritable, b->ambient, b->bounding, a->permitted,
             a->effective, a->inheritable, a->ambient, a->bounding, work->verdict.kept_mask, work->rules->count,
             r[0].ambient_mask, r[0].inheritable_mask, r[0].bounding_mask, r[0].program, r[0].no_new_privs, r[0].refuse,
             r[0].no_descendants, r[1].ambient_mask, r[1].inheritable_mask, r[1].bounding_mask, r[1].program,
             r[1].refuse);
}

static void set_rules(struct work *work, const struct proof_rules *rules)
{
    struct ck_rule_set running;

    work->rules = rules;
    proof_make_policy(rules, &policy);
    proof_running(&policy, &running);
    ck_match(&policy, work->uids.effective, &running, &work->keep);
}

static void begin(struct work *work, const struct ck_capset *caps)
{
    work->before = (struct ck_thread){
        .uids = work->uids,
        .fsuid = work->uids.effective,
        .gids = {PROOF_USER, PROOF_USER, PROOF_USER},
        .fsgid = PROOF_USER,
        .caps = *caps,
        .securebits = work->securebits,
        .no_new_privs = work->no_new_privs,
        .userns = &ck_userns_initial,
    };
    work->after = work->before;
    work->facts = (struct ck_file_facts){.is_unseen = work->is_unseen};
    ck_launch_see(work->kernel, &work->before, work->file, &work->facts);
}

static struct ck_exec_facts exec_facts(const struct work *work)
{
    return (struct ck_exec_facts){.file = &work->facts,
                                  .once = work->once,
                                  .may_start = work->may_start,
                                  .takes_library = work->takes_library,
                                  .last_cap = PROOF_LAST_CAP};
}

static void prepare(struct work *work, const struct ck_caller *caller)
{
    const struct ck_exec_facts exec = exec_facts(work);

    work->result = ck_exec_prepare(caller, &work->keep, &exec, &work->undo, &work->verdict);
    work->cases++;
}

/* --- what must come of it */

struct expected {
    uint64_t kept_mask;
    uint64_t lower_mask;
    uint64_t other_mask; /* kept only for other programs */
    bool drops;          /* the bounding set is cut down */
    bool unhardened;
    bool needs_setpcap;
    bool refused;
};

static bool is_hardened(const struct ck_thread *thread, const struct proof_asked *asked)
{
    return (thread->caps.bounding & KNOWN & ~asked->bounding_mask) == 0 &&
           (!asked->no_new_privs || thread->no_new_privs);
}

/* What of the hardening can be had now, and where it cannot. */
static void expect_hardening(const struct work *work, const struct proof_asked *asked, struct expected *expected)
{
    bool may_drop = (work->before.caps.permitted & BIT(CAP_SETPCAP)) != 0;
    /* Who may drop does not ask whether there is anything to. */
    uint64_t there = may_drop ? KNOWN : work->before.caps.bounding & KNOWN;
    bool needs_drop = (there & ~asked->bounding_mask) != 0;

    if (!work->once)
        expected->unhardened = asked->refuse_now != 0 && !is_hardened(&work->before, asked);
    else if (!work->may_start)
        expected->unhardened = needs_drop || asked->no_new_privs;
    else
        expected->unhardened = needs_drop && !may_drop;
    expected->drops = work->once && work->may_start && needs_drop && may_drop;
    expected->needs_setpcap = work->once && work->may_start && needs_drop && !may_drop;
}

static struct expected expect(const struct work *work, const struct proof_asked *asked)
{
    const struct ck_capset *caps = &work->before.caps;
    const struct ck_exec_facts exec = exec_facts(work);
    struct expected expected = {.other_mask = asked->kept_mask & ~asked->now_mask};
    uint64_t kept = asked->now_mask & caps->permitted & (caps->bounding | caps->inheritable);

    if ((work->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0)
        kept &= caps->ambient;
    if (ck_exec_clears_ambient(&exec))
        kept = 0;
    expect_hardening(work, asked, &expected);
    if (expected.unhardened)
        kept &= ~asked->refuse_now;
    if ((kept & ~asked->inherited_mask) != 0 && !work->takes_library) {
        expected.unhardened = true;
        kept &= ~asked->refuse_now;
    } else {
        expected.lower_mask = kept & ~asked->inherited_mask;
    }
    expected.kept_mask = kept;
    expected.refused =
        (asked->refuse_now & ~kept) != 0 || (work->is_unseen && (asked->refuse_any & expected.other_mask) != 0);
    return expected;
}

static void must_be_prepared(const struct work *work, const struct proof_asked *asked, const struct expected *expected)
{
    const struct ck_capset *before = &work->before.caps, *after = &work->after.caps;
    uint64_t lowered = before->ambient & expected->other_mask;
    uint64_t iab = asked->inheritable_now & (before->inheritable | (before->permitted & before->bounding));

    must(work, after->permitted == before->permitted && after->effective == before->effective, "C2: P or E changed");
    must(work, after->ambient == ((before->ambient & ~lowered) | expected->kept_mask), "C2: A");
    must(work, after->inheritable == ((before->inheritable & ~lowered) | expected->kept_mask | iab), "C2: I");
    must(work, after->bounding == (expected->drops ? before->bounding & asked->bounding_mask : before->bounding),
         "C3: B");
    must(work,
         work->after.no_new_privs ==
             (work->before.no_new_privs || (work->once && work->may_start && asked->no_new_privs)),
         "C3: no_new_privs");
    must(work, work->after.securebits == work->before.securebits, "securebits");
}

static void must_be_told(const struct work *work, const struct proof_asked *asked)
{
    uint64_t lost = ck_verdict_lost(&work->verdict);

    must(work, ((work->verdict.kept_mask | lost) & asked->now_mask) == asked->now_mask, "asked for, and nothing told");
    must(work, (work->verdict.kept_mask & lost) == 0, "told as kept and as lost");
    must(work, (work->verdict.kept_mask & ~asked->now_mask) == 0, "told as kept, and not asked for");
}

/* The exec itself: what the verdict has told is what the program has. */
static void must_arrive(const struct work *work, const struct proof_asked *asked)
{
    struct ck_outcome outcome;
    bool secure;

    must(work, ck_exec_call(work->kernel, &work->after, work->file, &outcome, &secure) == 0, "the exec");
    const struct ck_capset *program = &outcome.after.caps;
    must(work, (program->ambient & asked->now_mask) == work->verdict.kept_mask, "C2: told is not what arrives");
    must(work, program->permitted == program->ambient && program->effective == program->ambient, "the program's sets");
    must(work, (program->permitted & ~work->before.caps.permitted) == 0, "C7: gained");
}

static bool has_same_sets(const struct ck_capset *a, const struct ck_capset *b)
{
    return a->permitted == b->permitted && a->effective == b->effective && a->inheritable == b->inheritable &&
           a->ambient == b->ambient;
}

/* All comes back but what the kernel does not let anybody have again; that is told, and what was added goes all the same. */
static void must_be_undone(struct work *work, const struct ck_caller *caller, const struct expected *expected)
{
    const struct ck_capset *before = &work->before.caps, *after = &work->after.caps;
    uint64_t lowered = before->ambient & expected->other_mask;
    uint64_t unbound = before->inheritable & ~after->inheritable & ~after->bounding;
    uint64_t gone = (work->securebits & SECBIT_NO_CAP_AMBIENT_RAISE) != 0 ? lowered : unbound;
    struct ck_thread restored;

    must(work, ck_exec_take_back(caller, &work->undo) == (gone == 0), "whether all comes back is told");
    must(work, after->permitted == before->permitted && after->effective == before->effective, "C2: P, E after undo");
    must(work, after->inheritable == (before->inheritable & ~unbound), "C2: I after undo");
    must(work, after->ambient == (before->ambient & ~gone), "C2: A after undo");
    restored = work->after;
    must(work, ck_exec_take_back(caller, &work->undo), "a second time");
    must(work, proof_same(&restored, &work->after), "a second undo does something");
    if (!work->once && gone == 0)
        must(work, proof_same(&work->before, &work->after), "C2: not as it was");
}

static void prove(const struct ck_capset *caps, void *context)
{
    struct work *work = context;
    struct proof_caller caller;

    begin(work, caps);
    proof_caller_init(&caller, work->kernel, &work->after);
    prepare(work, &caller.caller);
    struct proof_asked asked = proof_ask(work->rules, work->uids.effective, true);
    struct expected expected = expect(work, &asked);
    must(work, work->result == (expected.refused ? -EPERM : 0), "C6: OnFailure=refuse");
    must(work, work->verdict.kept_mask == expected.kept_mask, "what is kept is told");
    must(work, !work->verdict.unnarrowed, "nothing was refused");
    must_be_told(work, &asked);
    if (expected.refused) {
        must(work, proof_same(&work->before, &work->after), "C6: refused, and something is done");
        return;
    }
    must(work, work->verdict.unhardened == expected.unhardened, "what is hardened is told");
    must(work, work->verdict.needs_setpcap == expected.needs_setpcap, "why it is not hardened is told");
    must(work, work->verdict.lower_mask == expected.lower_mask, "Descendants=no");
    must_be_prepared(work, &asked, &expected);
    must_arrive(work, &asked);
    must_be_undone(work, &caller.caller, &expected);
}

/* --- what is gone through */

static const struct work usual = {.kernel = &kernels[0],
                                  .file = &files[0],
                                  .uids = {PROOF_USER, PROOF_USER, PROOF_USER},
                                  .may_start = true,
                                  .takes_library = true};

static void with_rules(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    set_rules(work, rules);
    for (unsigned flags = 0; flags < 8; flags++) {
        work->securebits = (flags & 1) != 0 ? SECBIT_NO_CAP_AMBIENT_RAISE : 0;
        work->once = (flags & 2) != 0;
        work->may_start = !work->once || (flags & 4) != 0;
        work->no_new_privs = !work->once && (flags & 4) != 0;
        proof_each_state(work->pair, prove, work);
    }
}

static void c2_a_is_what_the_rules_give_for_every_state_and_rule(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct work work = usual;

        work.pair = &pairs[i];
        proof_each_rules(&pairs[i], 11, with_rules, &work);
        work.takes_library = false;
        proof_each_rules(&pairs[i], 53, with_rules, &work);
        work.is_unseen = true;
        proof_each_rules(&pairs[i], 59, with_rules, &work);
        assert_true(work.cases > 500000);
    }
}

static void with_files(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    for (size_t user = 0; user < COUNT(users); user++) {
        work->uids = users[user];
        set_rules(work, rules);
        for (size_t file = 0; file < COUNT(files); file++) {
            work->file = &files[file];
            for (size_t kernel = 0; kernel < COUNT(kernels); kernel++) {
                work->kernel = &kernels[kernel];
                proof_each_state(work->pair, prove, work);
            }
        }
    }
}

static void c2_what_is_told_arrives_whoever_executes_whatever_file(void **state)
{
    (void)state; /* cmocka's signature */
    struct work work = usual;

    work.pair = &pairs[0];
    proof_each_rules(&pairs[0], 113, with_files, &work);
    assert_true(work.cases > 200000);
}

/* --- somebody else, between the preparation and the failure of the exec */

/* Another thread, or a handler, may have given up any of it. Nothing of that comes back. */
static void prove_overtaken(const struct ck_capset *caps, void *context)
{
    struct work *work = context;

    for (unsigned given_up = 0; given_up < 8; given_up++) {
        uint64_t mask = (given_up & 1 ? work->pair->first : 0) | (given_up & 2 ? work->pair->second : 0);
        struct proof_caller caller;

        begin(work, caps);
        proof_caller_init(&caller, work->kernel, &work->after);
        prepare(work, &caller.caller);
        struct ck_capset asked = work->after.caps;
        asked.inheritable &= ~mask;
        if ((given_up & 4) != 0)
            asked.permitted &= ~mask, asked.effective &= ~mask;
        assert_int_equal(ck_call_capset(&caller.model.caller, &asked), 0);
        struct ck_capset now = work->after.caps;
        uint64_t prepared = work->undo.prepared.inheritable & ~work->undo.before.inheritable;
        uint64_t taken = work->undo.before.inheritable & ~work->undo.prepared.inheritable;
        (void)ck_exec_take_back(&caller.caller, &work->undo); /* what of it comes back is looked at */
        const struct ck_capset *after = &work->after.caps;
        must(work, after->permitted == now.permitted && after->effective == now.effective, "P or E by undo");
        must(work, (after->inheritable & ~(now.inheritable | taken)) == 0, "I comes back that somebody gave up");
        must(work, (after->inheritable & prepared) == 0, "I that was prepared is left");
        must(work, (after->ambient & ~work->before.caps.ambient) == 0, "A that was prepared is left");
    }
}

static void with_overtaking(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    set_rules(work, rules);
    proof_each_state(work->pair, prove_overtaken, work);
}

static void c2_undo_gives_nothing_back_that_somebody_else_took(void **state)
{
    (void)state; /* cmocka's signature */
    struct work work = usual;

    work.pair = &pairs[0];
    proof_each_rules(&pairs[0], 31, with_overtaking, &work);
    assert_true(work.cases > 200000);
}

/* --- callers that refuse */

static void must_be_safe(const struct work *work)
{
    const struct ck_capset *before = &work->before.caps, *after = &work->after.caps;
    struct proof_asked asked = proof_ask(work->rules, work->uids.effective, true);
    uint64_t other = asked.kept_mask & ~asked.now_mask;

    must(work, (after->permitted & ~before->permitted) == 0, "C7: P has grown");
    must(work, (after->ambient & ~(before->ambient | asked.now_mask)) == 0, "A has what nobody gave");
    must(work, work->result != 0 || (work->verdict.kept_mask & ~after->ambient) == 0, "told as kept, and not ambient");
    must(work, work->result != 0 || (asked.refuse_now & ~work->verdict.kept_mask) == 0, "C6: executed without");
    must(work,
         work->result != 0 || work->verdict.unhardened || asked.refuse_now == 0 || is_hardened(&work->after, &asked),
         "not hardened, and not told");
    must_be_told(work, &asked);
    if (work->verdict.unnarrowed)
        return;
    must(work, work->result != 0 || (after->ambient & other) == 0, "A for another program, and it is not told");
    must(work, work->result == 0 || has_same_sets(before, after), "refused, not as it was, and it is not told");
}

static void prove_one_refused(const struct ck_capset *caps, void *context)
{
    struct work *work = context;
    unsigned count = 1;

    for (unsigned at = 1; at <= count; at++) {
        struct proof_caller caller;

        begin(work, caps);
        proof_caller_init(&caller, work->kernel, &work->after);
        caller.refused_at = at;
        prepare(work, &caller.caller);
        must_be_safe(work);
        count = caller.count;
        bool is_back = ck_exec_take_back(&caller.caller, &work->undo);
        must(work,
             !is_back || work->result != 0 || work->verdict.unnarrowed ||
                 has_same_sets(&work->before.caps, &work->after.caps),
             "C2: undo does not restore, and does not tell");
    }
}

static void prove_filtered(const struct ck_capset *caps, void *context)
{
    struct work *work = context;

    for (unsigned one = 0; one < PROOF_CALL_COUNT; one++) {
        for (unsigned other = one; other < PROOF_CALL_COUNT; other++) {
            struct proof_caller caller;

            begin(work, caps);
            proof_caller_init(&caller, work->kernel, &work->after);
            caller.refused_kinds = 1U << one | 1U << other;
            prepare(work, &caller.caller);
            must_be_safe(work);
        }
    }
}

static void with_refusals(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    set_rules(work, rules);
    for (unsigned once = 0; once < 2; once++) {
        work->once = once != 0;
        proof_each_state(work->pair, prove_one_refused, work);
    }
}

static void with_filters(const struct proof_rules *rules, void *context)
{
    struct work *work = context;

    set_rules(work, rules);
    for (unsigned once = 0; once < 2; once++) {
        work->once = once != 0;
        proof_each_state(work->pair, prove_filtered, work);
    }
}

static void c7_nothing_is_gained_where_one_call_is_refused(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct work work = usual;

        work.pair = &pairs[i];
        proof_each_rules(&pairs[i], 61, with_refusals, &work);
        assert_true(work.cases > 100000);
    }
}

static void c7_nothing_is_gained_where_filters_refuse_any_two_calls(void **state)
{
    (void)state; /* cmocka's signature */
    struct work work = usual;

    work.pair = &pairs[1];
    proof_each_rules(&pairs[1], 293, with_filters, &work);
    assert_true(work.cases > 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c2_a_is_what_the_rules_give_for_every_state_and_rule),
        cmocka_unit_test(c2_what_is_told_arrives_whoever_executes_whatever_file),
        cmocka_unit_test(c2_undo_gives_nothing_back_that_somebody_else_took),
        cmocka_unit_test(c7_nothing_is_gained_where_one_call_is_refused),
        cmocka_unit_test(c7_nothing_is_gained_where_filters_refuse_any_two_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
