/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search for the smallest set, over random tables: six capabilities, each of their 64 sets passes or does not. What
 * it calls proven passes, none of its members can be left out, and the runs are as few as it says beforehand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/learn/learn_search.h"
#include "../../shim/core/capset.h"

#define BIT(cap) (UINT64_C(1) << (cap))

enum { MEMBERS = 6, SETS = 1 << MEMBERS };

/* Among them two that are each other's alternatives, and some of those with most power. */
static const unsigned char caps[MEMBERS] = {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_KILL,
                                            CAP_SYS_ADMIN,    CAP_SYS_NICE,        CAP_PERFMON};

struct table {
    uint64_t passing; /* bit N: the set with number N */
    uint64_t granted_mask;
    uint64_t denied_mask;
    uint64_t beside_admin_mask;
    bool is_exact;
    bool has_lost;
    unsigned runs;
    unsigned observed;
    unsigned flips_at; /* the run with this number has the contrary verdict */
    unsigned fails_at; /* ends the search */
    bool is_beyond;    /* more was given than there is, or more runs than told */
};

static uint64_t state = 88172645463325252U;

/* xorshift64: the same tables each time. */
static uint64_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t mask_of(unsigned number)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < MEMBERS; i++)
        mask |= (number >> i & 1) != 0 ? BIT(caps[i]) : 0;
    return mask;
}

static unsigned number_of(uint64_t mask)
{
    unsigned number = 0;

    for (unsigned i = 0; i < MEMBERS; i++)
        number |= (mask & BIT(caps[i])) != 0 ? 1U << i : 0;
    return number;
}

static bool passes(const struct table *table, uint64_t mask)
{
    return (table->passing >> number_of(mask) & 1) != 0;
}

static int try_set(void *context, const struct ck_learn_trial *trial, struct ck_learn_seen *ret_seen)
{
    struct table *table = context;
    uint64_t all = mask_of(SETS - 1);

    table->runs++;
    table->is_beyond |= (trial->set & ~all) != 0 || trial->number != table->runs || trial->at_most < trial->number;
    table->observed += trial->is_observed;
    if (trial->is_observed) {
        *ret_seen = (struct ck_learn_seen){
            .granted_mask = table->is_exact ? table->granted_mask & trial->set : 0,
            .denied_mask = table->denied_mask & ~trial->set,
            .beside_admin_mask = table->beside_admin_mask & ~trial->set,
            .is_exact = table->is_exact,
            .has_lost = table->has_lost,
        };
    }
    if (table->runs == table->fails_at)
        return -EIO;
    return passes(table, trial->set) != (table->runs == table->flips_at);
}

static void search(struct table *table, bool all, struct ck_learn_answer *ret_answer)
{
    const struct ck_learn_problem problem = {mask_of(SETS - 1), 1, all, try_set, table};

    assert_int_equal(ck_learn_search(&problem, ret_answer), 0);
    assert_false(table->is_beyond);
    assert_true(table->runs <= ck_learn_at_most(&problem));
}

static bool is_minimal(const struct table *table, uint64_t set)
{
    bool result = passes(table, set);

    for (uint64_t rest = set; rest != 0;)
        result = result && !passes(table, set & ~ck_cap_bit(ck_cap_take_lowest(&rest)));
    return result;
}

/* None of those that may do in place of CAP_SYS_ADMIN does, as far as these were found to be asked for. */
static bool is_weakest(const struct table *table, const struct ck_learn_answer *answer)
{
    uint64_t weaker_mask = (table->beside_admin_mask | BIT(CAP_PERFMON)) & answer->candidate_mask & ~answer->set;
    bool result = true;

    while ((answer->set & BIT(CAP_SYS_ADMIN)) != 0 && weaker_mask != 0)
        result = !passes(table, (answer->set & ~BIT(CAP_SYS_ADMIN)) | ck_cap_bit(ck_cap_take_lowest(&weaker_mask))) &&
                 result;
    return result;
}

static unsigned cases(void)
{
    const char *is_long = getenv("CAPKEEP_TEST_LONG");

    return is_long != NULL && strcmp(is_long, "1") == 0 ? 1000000 : 50000;
}

/* All that holds a passing set passes. */
static uint64_t close_upwards(uint64_t passing)
{
    for (unsigned member = 0; member < MEMBERS; member++) {
        for (unsigned number = 0; number < SETS; number++) {
            if ((passing >> number & 1) != 0)
                passing |= BIT(number | 1U << member);
        }
    }
    return passing;
}

static struct table random_table(bool is_monotone)
{
    /* One in eight passes; of a monotone one few that all the others follow from. */
    uint64_t passing = random_bits();

    for (int i = 0; i < 2; i++)
        passing &= random_bits();
    struct table table = {.is_exact = (random_bits() & 3) != 0, .has_lost = (random_bits() & 15) == 0};

    if (is_monotone)
        passing = close_upwards(passing & random_bits() & random_bits() & ~UINT64_C(1));
    table.passing = passing;
    table.granted_mask = (random_bits() & 1) != 0 ? UINT64_MAX : mask_of((unsigned)(random_bits() % SETS));
    table.denied_mask = (random_bits() & 1) != 0 ? UINT64_MAX : mask_of((unsigned)(random_bits() % SETS));
    table.beside_admin_mask = mask_of((unsigned)(random_bits() % SETS)); /* told by the run with nothing */
    return table;
}

static void what_is_proven_is_minimal(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < cases(); i++) {
        struct table table = random_table(false);
        struct ck_learn_answer answer;

        search(&table, false, &answer);
        assert_int_not_equal(answer.verdict, CK_LEARN_UNSTEADY);
        if (answer.verdict == CK_LEARN_PROVEN)
            assert_true(is_minimal(&table, answer.set) && is_weakest(&table, &answer));
        else
            assert_false(passes(&table, 0) || passes(&table, mask_of(SETS - 1)));
    }
}

static void where_more_is_never_less_one_is_found_if_there_is_one(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < cases(); i++) {
        struct table table = random_table(true);
        struct ck_learn_answer answer;

        search(&table, false, &answer);
        assert_int_equal(answer.verdict, table.passing != 0 ? CK_LEARN_PROVEN : CK_LEARN_NOT_ENOUGH);
        assert_true(answer.verdict != CK_LEARN_PROVEN || is_minimal(&table, answer.set));
    }
}

static void all_are_those_that_hold_no_other(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < cases() / 10; i++) {
        struct table table = random_table(false);
        struct ck_learn_answer answer;
        unsigned expected = 0;

        table.granted_mask = UINT64_MAX;
        table.is_exact = true;
        search(&table, true, &answer);
        for (unsigned number = 0; number < SETS; number++) {
            bool is_least = passes(&table, mask_of(number));

            for (unsigned other = 0; other < number; other++)
                is_least = is_least && ((other & number) != other || !passes(&table, mask_of(other)));
            expected += is_least;
        }
        assert_int_equal(answer.set_count, expected);
        for (unsigned j = 0; j < answer.set_count; j++)
            assert_true(is_minimal(&table, answer.sets[j]));
    }
}

static struct table needs(uint64_t mask)
{
    struct table table = {.granted_mask = UINT64_MAX, .denied_mask = UINT64_MAX, .is_exact = true};

    table.passing = close_upwards(BIT(number_of(mask)));
    return table;
}

static void nothing_is_tried_first(void **unused)
{
    struct table table = needs(0);
    struct ck_learn_answer answer;

    (void)unused;
    search(&table, false, &answer);
    assert_int_equal(answer.verdict, CK_LEARN_PROVEN);
    assert_int_equal(answer.set, 0);
    assert_int_equal(table.runs, 2);
}

static void two_runs_are_observed_and_the_last_that_confirms(void **unused)
{
    struct table table = needs(BIT(CAP_KILL));
    struct ck_learn_answer answer;

    (void)unused;
    table.granted_mask = table.denied_mask = BIT(CAP_KILL) | BIT(CAP_SYS_NICE);
    search(&table, false, &answer);
    assert_int_equal(answer.set, BIT(CAP_KILL));
    assert_int_equal(table.observed, 3);
    assert_int_equal(table.runs, 6); /* nothing, all, without each of the two candidates, and the proof's two */
}

/* Of six candidates two are needed: nothing, all, what was granted with all, without each of these, and the proof's three. */
static void of_many_what_was_granted_is_tried_first(void **unused)
{
    const uint64_t needed_mask = BIT(CAP_KILL) | BIT(CAP_SYS_NICE);
    struct table table = needs(needed_mask);
    struct ck_learn_answer answer;

    (void)unused;
    table.granted_mask = needed_mask | BIT(CAP_FSETID);
    search(&table, false, &answer);
    assert_int_equal(answer.set, needed_mask);
    assert_int_equal(table.runs, 8);
    /* One of five would have been tried by itself. */
    table.runs = 0;
    table.denied_mask &= ~BIT(CAP_PERFMON);
    search(&table, false, &answer);
    assert_int_equal(answer.set, needed_mask);
    assert_int_equal(table.runs, 10);
}

/* It asks for CAP_SYS_ADMIN and for another one in one call: that is likelier, but for the one by which the path is walked. */
static void of_many_the_weaker_one_of_a_call_is_likelier(void **unused)
{
    const uint64_t admin = BIT(CAP_SYS_ADMIN);
    struct table table = needs(admin | BIT(CAP_KILL));
    struct ck_learn_answer answer;

    (void)unused;
    table.granted_mask = admin | BIT(CAP_KILL);
    table.beside_admin_mask = admin | BIT(CAP_DAC_READ_SEARCH);
    search(&table, false, &answer);
    assert_int_equal(answer.set, admin | BIT(CAP_KILL));
    assert_int_equal(table.runs, 10); /* as above, and it is looked for one in the place of CAP_SYS_ADMIN, twice */
    table = needs(BIT(CAP_SYS_NICE));
    table.passing |= close_upwards(BIT(number_of(admin)));
    table.granted_mask = admin;
    table.beside_admin_mask = admin | BIT(CAP_SYS_NICE);
    search(&table, false, &answer);
    assert_int_equal(answer.set, BIT(CAP_SYS_NICE));
    assert_int_equal(table.runs, 5); /* without it is nothing, which is known to fail, and is made again by the proof */
}

/* It passes with each member that it has been proven with, and as more is less, with one less: the proof goes on with that. */
static void what_the_proof_finds_is_left_out(void **unused)
{
    struct table table = {.granted_mask = BIT(CAP_KILL) | BIT(CAP_SYS_NICE), .is_exact = true};
    struct ck_learn_answer answer;

    (void)unused;
    table.denied_mask = table.granted_mask |= BIT(CAP_PERFMON);
    table.passing = BIT(number_of(mask_of(SETS - 1))) | BIT(number_of(BIT(CAP_KILL) | BIT(CAP_SYS_NICE))) |
                    BIT(number_of(BIT(CAP_SYS_NICE)));
    table.passing |= BIT(number_of(table.granted_mask));
    search(&table, false, &answer);
    assert_int_equal(answer.verdict, CK_LEARN_PROVEN);
    assert_int_equal(answer.set, BIT(CAP_SYS_NICE));
}

static void the_weaker_of_two_stays(void **unused)
{
    struct table table = {.granted_mask = UINT64_MAX, .denied_mask = UINT64_MAX, .is_exact = true};
    struct ck_learn_answer answer;

    (void)unused;
    table.passing = close_upwards(BIT(number_of(BIT(CAP_SYS_ADMIN))) | BIT(number_of(BIT(CAP_PERFMON))));
    search(&table, false, &answer);
    assert_int_equal(answer.set, BIT(CAP_PERFMON));
    table.runs = 0;
    /* Left out with the other there it fails, and that one is found needless: so it is tried in its place. */
    table.passing = BIT(number_of(BIT(CAP_SYS_ADMIN) | BIT(CAP_PERFMON) | BIT(CAP_KILL))) |
                    BIT(number_of(BIT(CAP_SYS_ADMIN) | BIT(CAP_KILL))) | BIT(number_of(BIT(CAP_SYS_ADMIN))) |
                    BIT(number_of(BIT(CAP_PERFMON)));
    table.granted_mask = table.denied_mask = BIT(CAP_SYS_ADMIN) | BIT(CAP_PERFMON) | BIT(CAP_KILL);
    search(&table, false, &answer);
    assert_int_equal(answer.set, BIT(CAP_PERFMON));
}

/* As above, for two that one call has asked for. */
static void what_the_same_call_asked_for_is_tried_in_place_of_sys_admin(void **unused)
{
    const uint64_t admin = BIT(CAP_SYS_ADMIN);
    const uint64_t kill = BIT(CAP_KILL);
    const uint64_t nice = BIT(CAP_SYS_NICE);
    struct table table = {.granted_mask = admin | kill | nice, .denied_mask = admin | kill | nice, .is_exact = true};
    struct ck_learn_answer answer;

    (void)unused;
    table.passing = BIT(number_of(admin | nice | kill)) | BIT(number_of(admin | kill)) | BIT(number_of(admin)) |
                    BIT(number_of(nice));
    table.beside_admin_mask = admin | nice;
    search(&table, false, &answer);
    assert_int_equal(answer.set, nice);
    table.runs = 0;
    table.beside_admin_mask = 0;
    search(&table, false, &answer);
    assert_int_equal(answer.set, admin);
}

static void where_all_is_too_much_it_grows(void **unused)
{
    struct table table = {
        .granted_mask = UINT64_MAX, .denied_mask = BIT(CAP_KILL) | BIT(CAP_SYS_NICE), .is_exact = true};
    struct ck_learn_answer answer;

    (void)unused;
    table.passing = BIT(number_of(BIT(CAP_KILL) | BIT(CAP_SYS_NICE))) | BIT(number_of(BIT(CAP_SYS_NICE)));
    search(&table, false, &answer);
    assert_int_equal(answer.verdict, CK_LEARN_PROVEN);
    assert_int_equal(answer.set, BIT(CAP_SYS_NICE));
    assert_false(answer.passes_with_all);
}

static void what_the_kernel_is_not_asked_for_is_found_by_halves(void **unused)
{
    struct table table = needs(BIT(CAP_SYS_NICE));
    struct ck_learn_answer answer;

    (void)unused;
    table.granted_mask = table.denied_mask = BIT(CAP_KILL);
    search(&table, false, &answer);
    assert_int_equal(answer.set, BIT(CAP_SYS_NICE));
}

/* As one does that makes sure that it cannot become root any more. */
static int pass_without_setuid(void *context, const struct ck_learn_trial *trial, struct ck_learn_seen *ret_seen)
{
    unsigned *runs = context;

    ++*runs;
    if (trial->is_observed)
        *ret_seen = (struct ck_learn_seen){.is_exact = false};
    return (trial->set & BIT(CAP_KILL)) != 0 && (trial->set & BIT(CAP_SETUID)) == 0;
}

static void where_nothing_is_seen_all_but_what_makes_root_is_tried(void **unused)
{
    unsigned runs = 0;
    const struct ck_learn_problem problem = {(BIT(41) - 1), 1, false, pass_without_setuid, &runs};
    struct ck_learn_answer answer;

    (void)unused;
    assert_int_equal(ck_learn_search(&problem, &answer), 0);
    assert_int_equal(answer.verdict, CK_LEARN_PROVEN);
    assert_int_equal(answer.set, BIT(CAP_KILL));
    assert_true(runs < 20);
}

static void a_run_that_differs_is_told(void **unused)
{
    struct ck_learn_answer answer;

    (void)unused;
    for (unsigned flip = 5; flip <= 6; flip++) {
        struct table table = needs(BIT(CAP_KILL));

        table.granted_mask = table.denied_mask = BIT(CAP_KILL) | BIT(CAP_SYS_NICE);
        table.flips_at = flip;
        search(&table, false, &answer);
        assert_int_equal(answer.verdict, CK_LEARN_UNSTEADY);
        assert_int_equal(answer.set, flip == 5 ? BIT(CAP_KILL) : 0);
        assert_int_equal(answer.has_passed_before, flip == 5);
    }
}

static void a_failure_ends_it(void **unused)
{
    struct ck_learn_answer answer;

    (void)unused;
    for (unsigned at = 1; at <= 6; at++) {
        struct table table = needs(BIT(CAP_KILL));
        const struct ck_learn_problem problem = {mask_of(SETS - 1), 1, false, try_set, &table};

        table.granted_mask = table.denied_mask = BIT(CAP_KILL) | BIT(CAP_SYS_NICE);
        table.fails_at = at;
        assert_int_equal(ck_learn_search(&problem, &answer), -EIO);
        assert_int_equal(table.runs, at);
    }
}

static int pass_with_anything(void *context, const struct ck_learn_trial *trial, struct ck_learn_seen *ret_seen)
{
    (void)context;
    if (trial->is_observed)
        *ret_seen = (struct ck_learn_seen){.granted_mask = UINT64_MAX, .is_exact = true};
    return trial->set != 0;
}

static void all_of_too_many_are_refused(void **unused)
{
    struct ck_learn_problem problem = {(BIT(CK_LEARN_ALL_MAX) << 1) - 1, 1, true, pass_with_anything, NULL};
    struct ck_learn_answer answer;

    (void)unused;
    assert_int_equal(ck_learn_search(&problem, &answer), -E2BIG);
    problem.from_mask >>= 1;
    assert_int_equal(ck_learn_search(&problem, &answer), 0);
    assert_int_equal(answer.set_count, CK_LEARN_ALL_MAX);
}

static void test_weakest(void **context)
{
    (void)context;
    assert_int_equal(ck_learn_weakest(BIT(CAP_SYS_ADMIN)), CAP_SYS_ADMIN);
    assert_int_equal(ck_learn_weakest(BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH)), CAP_DAC_READ_SEARCH);
    assert_int_equal(ck_learn_weakest(BIT(CAP_DAC_OVERRIDE) | BIT(CAP_SYS_NICE) | BIT(CAP_SYS_ADMIN)), CAP_SYS_NICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weakest),
        cmocka_unit_test(what_is_proven_is_minimal),
        cmocka_unit_test(where_more_is_never_less_one_is_found_if_there_is_one),
        cmocka_unit_test(all_are_those_that_hold_no_other),
        cmocka_unit_test(nothing_is_tried_first),
        cmocka_unit_test(two_runs_are_observed_and_the_last_that_confirms),
        cmocka_unit_test(of_many_what_was_granted_is_tried_first),
        cmocka_unit_test(of_many_the_weaker_one_of_a_call_is_likelier),
        cmocka_unit_test(what_the_proof_finds_is_left_out),
        cmocka_unit_test(the_weaker_of_two_stays),
        cmocka_unit_test(what_the_same_call_asked_for_is_tried_in_place_of_sys_admin),
        cmocka_unit_test(where_all_is_too_much_it_grows),
        cmocka_unit_test(what_the_kernel_is_not_asked_for_is_found_by_halves),
        cmocka_unit_test(where_nothing_is_seen_all_but_what_makes_root_is_tried),
        cmocka_unit_test(a_run_that_differs_is_told),
        cmocka_unit_test(a_failure_ends_it),
        cmocka_unit_test(all_of_too_many_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
