/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_search.h"

#include <errno.h>
#include <linux/capability.h>

#include "../../shim/core/capset.h"

/* What gives most power is left out first, so that it stays only where nothing weaker does. The others follow by number. */
static const unsigned char by_power[] = {
    CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_RAWIO,  CAP_SYS_PTRACE, CAP_DAC_OVERRIDE,    CAP_BPF,
    CAP_SETUID,    CAP_SETGID,     CAP_SETPCAP,    CAP_SETFCAP,    CAP_DAC_READ_SEARCH, CAP_FOWNER,
    CAP_CHOWN,     CAP_NET_ADMIN,  CAP_SYS_CHROOT,
};

enum { BY_POWER_COUNT = sizeof(by_power) / sizeof(by_power[0]) };

/* What was split off from CAP_SYS_ADMIN, which still does in its place. */
static const uint64_t split_off_mask = UINT64_C(1) << CAP_PERFMON | UINT64_C(1) << CAP_BPF | UINT64_C(1) << CAP_SYSLOG |
                                       UINT64_C(1) << CAP_CHECKPOINT_RESTORE;

const uint64_t ck_learn_silent_mask = UINT64_C(1) << CAP_FSETID | UINT64_C(1) << CAP_BLOCK_SUSPEND;

/* So many candidates are left out one by one. */
#define FEW 5U

/* More trials than these are not remembered, and made again. */
#define TRIALS_MAX 2048U

struct search {
    const struct ck_learn_problem *problem;
    struct ck_learn_answer *answer;
    unsigned run_count;
    unsigned at_most;
    uint64_t beside_admin_mask;
    uint64_t likely; /* a guess at the answer */
    unsigned known_count;
    struct {
        uint64_t set;
        bool has_passed;
    } known[TRIALS_MAX];
};

/* --- trials */

static unsigned count(uint64_t mask)
{
    return (unsigned)__builtin_popcountll(mask);
}

/* The verdict of a set that was tried: 1 or 0; -1 where it was not. */
static int recall(const struct search *search, uint64_t set)
{
    for (unsigned i = 0; i < search->known_count; i++) {
        if (search->known[i].set == set)
            return search->known[i].has_passed;
    }
    return -1;
}

static int run(struct search *search, uint64_t set, struct ck_learn_seen *ret_seen)
{
    const struct ck_learn_problem *problem = search->problem;
    struct ck_learn_trial trial = {set, ret_seen != NULL, ++search->run_count, search->at_most};

    if (trial.at_most < trial.number)
        trial.at_most = trial.number;
    int result = problem->try_set(problem->context, &trial, ret_seen);
    if (result >= 0 && recall(search, set) < 0 && search->known_count < TRIALS_MAX) {
        search->known[search->known_count].set = set;
        search->known[search->known_count++].has_passed = result > 0;
    }
    return result;
}

static int judge(struct search *search, uint64_t set)
{
    int known = recall(search, set);

    return known >= 0 ? known : run(search, set, NULL);
}

/* A ring that was too small may have been so by chance. */
static int observe(struct search *search, uint64_t set, struct ck_learn_seen *ret_seen)
{
    int result = run(search, set, ret_seen);

    if (result >= 0)
        search->beside_admin_mask |= ret_seen->beside_admin_mask;
    return result >= 0 && ret_seen->has_lost ? run(search, set, ret_seen) : result;
}

/* --- how many */

/* How many runs the proof of a set takes. */
static unsigned bound_of_proof(const struct ck_learn_problem *problem, unsigned members)
{
    return problem->confirm_count + members;
}

/* Each one is left out in turn, and the rest proven. */
static unsigned bound_of_rest(const struct ck_learn_problem *problem, unsigned candidates)
{
    return candidates + bound_of_proof(problem, candidates);
}

static void expect(struct search *search, unsigned more)
{
    search->at_most = search->run_count + more;
}

unsigned ck_learn_at_most(const struct ck_learn_problem *problem)
{
    unsigned all = count(problem->from_mask);

    if (problem->all)
        return 4 + (1U << CK_LEARN_ALL_MAX) + CK_LEARN_SETS_MAX * (problem->confirm_count + CK_LEARN_ALL_MAX);
    /* Two are observed, perhaps twice; two guesses; growing; halving. A proof that fails leaves one out, and begins anew. */
    return 7 + all + 2 * all + (all + 1) * (all + 1 + bound_of_rest(problem, all));
}

/* --- leaving out */

/* The members of a set in the order in which they are left out. Returns how many there are. */
static unsigned order(uint64_t set, unsigned char ret_caps[CK_CAPS_MAX])
{
    unsigned members = 0;

    for (unsigned i = 0; i < BY_POWER_COUNT; i++) {
        if ((set & ck_cap_bit(by_power[i])) != 0)
            ret_caps[members++] = by_power[i];
        set &= ~ck_cap_bit(by_power[i]);
    }
    while (set != 0)
        ret_caps[members++] = (unsigned char)ck_cap_take_lowest(&set);
    return members;
}

unsigned ck_learn_weakest(uint64_t set)
{
    unsigned char caps[CK_CAPS_MAX];
    unsigned members = order(set, caps);

    return caps[members - 1];
}

/* Leaves out of *set what `caps` name, all at once where that passes, else by halves. */
static int leave_out_halves(struct search *search, const unsigned char *caps, unsigned members, uint64_t *set)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < members; i++)
        mask |= ck_cap_bit(caps[i]);
    int result = judge(search, *set & ~mask);
    if (result > 0)
        *set &= ~mask;
    if (result != 0 || members == 1)
        return result < 0 ? result : 0;
    result = leave_out_halves(search, caps, members / 2, set);
    return result < 0 ? result : leave_out_halves(search, caps + members / 2, members - members / 2, set);
}

/* One after the other. Whether more can be left out then, as more can be less, the proof tells. */
static int leave_out_singly(struct search *search, uint64_t *set)
{
    unsigned char caps[CK_CAPS_MAX];
    unsigned members = order(*set, caps);

    for (unsigned i = 0; i < members; i++) {
        int result = judge(search, *set & ~ck_cap_bit(caps[i]));
        if (result < 0)
            return result;
        if (result > 0)
            *set &= ~ck_cap_bit(caps[i]);
    }
    return 0;
}

/* Of many, few are needed: then halves are found faster than single ones. */
static int leave_out(struct search *search, bool by_halves, uint64_t *set)
{
    unsigned char caps[CK_CAPS_MAX];
    unsigned members = order(*set, caps);

    expect(search, (by_halves ? 2 * members : 0) + bound_of_rest(search->problem, members));
    if (by_halves && members > 0)
        return leave_out_halves(search, caps, members, set);
    return leave_out_singly(search, set);
}

/* One of these in place of a member that does more, the first with which it passes. */
static int replace(struct search *search, unsigned cap, uint64_t weaker_mask, uint64_t *set)
{
    weaker_mask &= search->answer->candidate_mask & ~*set & ~ck_cap_bit(cap);
    while ((*set & ck_cap_bit(cap)) != 0 && weaker_mask != 0) {
        uint64_t other = (*set & ~ck_cap_bit(cap)) | ck_cap_bit(ck_cap_take_lowest(&weaker_mask));
        int result = judge(search, other);

        if (result > 0) {
            *set = other;
            result = leave_out_singly(search, set);
        }
        if (result < 0)
            return result;
    }
    return 0;
}

static int try_alternatives(struct search *search, uint64_t *set)
{
    int result = replace(search, CAP_DAC_OVERRIDE, ck_cap_bit(CAP_DAC_READ_SEARCH), set);

    return result < 0 ? result : replace(search, CAP_SYS_ADMIN, search->beside_admin_mask | split_off_mask, set);
}

/* --- a set that passes, and of which nothing can be left out */

/* From nothing, by what the last run was denied. Returns 1 with a set that passes, 0, or -errno. */
static int grow(struct search *search, uint64_t denied_mask, uint64_t *ret_set)
{
    uint64_t set = 0;

    while ((denied_mask & search->problem->from_mask & ~set) != 0) {
        struct ck_learn_seen seen;

        set |= denied_mask & search->problem->from_mask;
        int result = observe(search, set, &seen);
        if (result != 0) {
            *ret_set = set;
            return result;
        }
        denied_mask = seen.denied_mask;
    }
    return 0;
}

/* Of many candidates most are needless: then a guess that comes true spares a run for each of them. */
static int guess(struct search *search, uint64_t *ret_set)
{
    *ret_set = search->likely;
    return count(search->answer->candidate_mask) > FEW && *ret_set != 0 ? judge(search, *ret_set) : 0;
}

/* Of the candidates. Whether they pass all together is asked only where none of them could be left out. */
static int shrink_candidates(struct search *search, uint64_t *ret_set)
{
    const struct ck_learn_answer *answer = search->answer;
    int result = guess(search, ret_set);

    if (result == 0) {
        *ret_set = answer->candidate_mask;
        result = answer->passes_with_all ? 1 : judge(search, *ret_set);
    }
    if (result <= 0)
        return result;
    result = leave_out(search, false, ret_set);
    return result < 0 ? result : judge(search, *ret_set);
}

/*
 * A program that makes sure that it cannot become root any more fails with all. Where it was not seen what it asks for,
 * there is nothing to grow by: then all but what it takes for that. Returns as above.
 */
static int try_unable(struct search *search, uint64_t *ret_set)
{
    *ret_set = search->problem->from_mask & ~ck_cap_bit(CAP_SETUID) & ~ck_cap_bit(CAP_SETGID);
    return judge(search, *ret_set);
}

/*
 * Where the candidates are too few or, as more can be less, too many. A program may need what it is not asked for: one
 * that looks at its own sets. Returns as above.
 */
static int find_otherwise(struct search *search, uint64_t denied_mask, uint64_t *ret_set)
{
    struct ck_learn_answer *answer = search->answer;
    bool by_halves = false;
    int result = 0;

    if (answer->is_exact || !answer->passes_with_all)
        result = grow(search, denied_mask, ret_set);
    if (result == 0 && answer->passes_with_all) {
        *ret_set = answer->candidate_mask = search->problem->from_mask;
        by_halves = true;
        result = 1;
    } else if (result == 0 && !answer->is_exact) {
        by_halves = true;
        result = try_unable(search, ret_set);
    }
    if (result <= 0)
        return result;
    result = leave_out(search, by_halves, ret_set);
    return result < 0 ? result : 1;
}

/* --- the proof */

static int tell_unsteady(struct search *search, uint64_t set, bool has_passed_before)
{
    search->answer->verdict = CK_LEARN_UNSTEADY;
    search->answer->set = set;
    search->answer->has_passed_before = has_passed_before;
    return 0;
}

/* The set passes again. The last of these runs shows what it has needed. */
static int confirm(struct search *search, uint64_t set)
{
    unsigned times = search->problem->confirm_count;
    struct ck_learn_seen seen;
    int result = 1;

    for (unsigned i = 0; i < times && result > 0; i++)
        result = run(search, set, i + 1 == times ? &seen : NULL);
    return result == 0 ? tell_unsteady(search, set, true) : result;
}

/* Without the member it fails, again if that was tried. Returns 1 where it passes, 0, or -errno. */
static int try_without(struct search *search, uint64_t set, unsigned cap)
{
    uint64_t rest = set & ~ck_cap_bit(cap);
    int known = recall(search, rest);
    int result = run(search, rest, NULL);

    return known >= 0 && result >= 0 && known != result ? tell_unsteady(search, rest, known > 0) : result;
}

/*
 * The set passes again, and without any one of its members it fails. Returns 1 where one could be left out, and has been:
 * as more can be less, that is known of the set itself alone.
 */
static int prove(struct search *search, uint64_t *set)
{
    struct ck_learn_answer *answer = search->answer;
    unsigned char caps[CK_CAPS_MAX];
    unsigned members = order(*set, caps);

    answer->verdict = CK_LEARN_PROVEN;
    answer->set = *set;
    expect(search, bound_of_proof(search->problem, members));
    int result = confirm(search, *set);
    for (unsigned i = 0; i < members && result >= 0 && answer->verdict == CK_LEARN_PROVEN; i++) {
        result = try_without(search, *set, caps[i]);
        if (result > 0) {
            *set &= ~ck_cap_bit(caps[i]);
            return 1;
        }
    }
    return result < 0 ? result : 0;
}

static int settle(struct search *search, uint64_t set)
{
    int result;

    do {
        result = try_alternatives(search, &set);
        if (result == 0)
            result = prove(search, &set);
    } while (result > 0);
    return result;
}

/* --- all of them */

static bool holds_one(const struct ck_learn_answer *answer, uint64_t set)
{
    for (unsigned i = 0; i < answer->set_count; i++) {
        if ((set & answer->sets[i]) == answer->sets[i])
            return true;
    }
    return false;
}

/* The subset of `mask` by its number among all of them. */
static uint64_t subset(uint64_t mask, unsigned number)
{
    uint64_t set = 0;

    for (; mask != 0; number >>= 1) {
        uint64_t bit = ck_cap_bit(ck_cap_take_lowest(&mask));
        set |= (number & 1) != 0 ? bit : 0;
    }
    return set;
}

static int try_subsets(struct search *search, unsigned size)
{
    struct ck_learn_answer *answer = search->answer;

    for (unsigned number = 0; number < 1U << count(answer->candidate_mask); number++) {
        uint64_t set = subset(answer->candidate_mask, number);

        if (count(set) != size || holds_one(answer, set))
            continue;
        int result = judge(search, set);
        if (result < 0)
            return result;
        if (result > 0)
            answer->sets[answer->set_count++] = set;
    }
    return 0;
}

static int find_all(struct search *search)
{
    struct ck_learn_answer *answer = search->answer;
    unsigned members = count(answer->candidate_mask);
    int result = members > CK_LEARN_ALL_MAX ? -E2BIG : 0;

    answer->verdict = CK_LEARN_NOT_ENOUGH;
    if (result == 0)
        expect(search, 1U << members);
    for (unsigned size = 0; result == 0 && size <= members; size++)
        result = try_subsets(search, size);
    if (answer->set_count == 0)
        return result;
    /* From the last to the first, which is the one that the answer names. */
    for (unsigned i = answer->set_count; i > 0 && result == 0 && answer->verdict != CK_LEARN_UNSTEADY; i--) {
        uint64_t set = answer->sets[i - 1];
        result = prove(search, &set);
    }
    return result;
}

/* --- the search */

static int find_one(struct search *search, uint64_t denied_mask)
{
    uint64_t set = 0;
    int result = search->answer->is_exact ? shrink_candidates(search, &set) : 0;

    search->answer->verdict = CK_LEARN_NOT_ENOUGH;
    if (result == 0)
        result = find_otherwise(search, denied_mask, &set);
    return result > 0 ? settle(search, set) : result;
}

/*
 * What it was granted with all; and where one call has asked for less than CAP_SYS_ADMIN too, that. The two for files are
 * asked for by every call that has a path.
 */
static uint64_t guess_likely(const struct search *search, const struct ck_learn_seen *everything)
{
    const uint64_t path_mask = ck_cap_bit(CAP_DAC_OVERRIDE) | ck_cap_bit(CAP_DAC_READ_SEARCH);
    uint64_t weaker_mask = search->beside_admin_mask & ~ck_cap_bit(CAP_SYS_ADMIN) & ~path_mask;
    uint64_t likely = everything->granted_mask & ~ck_learn_silent_mask;

    if (weaker_mask != 0)
        likely = (likely & ~ck_cap_bit(CAP_SYS_ADMIN)) | weaker_mask;
    return likely & search->answer->candidate_mask;
}

int ck_learn_search(const struct ck_learn_problem *problem, struct ck_learn_answer *ret_answer)
{
    struct search search = {.problem = problem, .answer = ret_answer, .at_most = 2 + problem->confirm_count};
    struct ck_learn_seen nothing;
    struct ck_learn_seen everything;

    *ret_answer = (struct ck_learn_answer){.verdict = CK_LEARN_NOT_ENOUGH};
    int result = observe(&search, 0, &nothing);
    ret_answer->is_exact = nothing.is_exact;
    if (result > 0) {
        uint64_t none = 0;
        ret_answer->sets[ret_answer->set_count++] = none;
        return prove(&search, &none);
    }
    if (result == 0)
        result = observe(&search, problem->from_mask, &everything);
    if (result < 0)
        return result;
    ret_answer->passes_with_all = result > 0;
    /* The first alone would miss the weaker of two alternatives, the second what comes after the first fatal refusal. */
    uint64_t asked_mask = everything.granted_mask | nothing.denied_mask | everything.denied_mask;
    ret_answer->is_exact = nothing.is_exact && everything.is_exact && !nothing.has_lost && !everything.has_lost;
    ret_answer->candidate_mask = problem->from_mask & (ret_answer->is_exact ? asked_mask : UINT64_MAX);
    search.likely = guess_likely(&search, &everything);
    return problem->all ? find_all(&search) : find_one(&search, nothing.denied_mask | everything.denied_mask);
}
