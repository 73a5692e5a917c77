/* C4: what goes along to the next program, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../shim/core/environ_rewrite.h"

static const struct ck_carry carry = {.preload = "/lib/libcapkeep.so", .count = 1, .vars = {"CAPKEEP_AMBIENT=x"}};

static void check(enum ck_environ_mode mode, char *const *envp, const char *const *expected)
{
    struct ck_environ_need need;
    char *pointers[32];
    char bytes[512];
    size_t count = 0;

    ck_environ_measure(mode, &carry, envp, &need);
    assert_false(need.same);
    assert_in_range(need.pointers, 1, 32);
    assert_in_range(need.bytes, 0, 512);
    ck_environ_write(mode, &carry, envp, pointers, bytes);
    for (; expected[count] != NULL; count++)
        assert_string_equal(pointers[count], expected[count]);
    assert_null(pointers[count]);
    assert_true(count < need.pointers);
}

static void c4_a_cleaned_environment_gets_preload_and_policy_back(void **state)
{
    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_CARRY, (char *[]){"A=1", NULL},
          (const char *[]){"A=1", "LD_PRELOAD=/lib/libcapkeep.so", "CAPKEEP_AMBIENT=x", NULL});
    check(CK_ENVIRON_CARRY, NULL, (const char *[]){"LD_PRELOAD=/lib/libcapkeep.so", "CAPKEEP_AMBIENT=x", NULL});
}

static void c4_our_entry_goes_in_front_of_the_users(void **state)
{
    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_CARRY, (char *[]){"LD_PRELOAD=/a.so /b.so", NULL},
          (const char *[]){"LD_PRELOAD=/lib/libcapkeep.so:/a.so /b.so", "CAPKEEP_AMBIENT=x", NULL});
}

static void c4_once_dropped_only_our_entry_goes(void **state)
{
    (void)state; /* cmocka's signature */
    check(CK_ENVIRON_STRIP, (char *[]){"LD_PRELOAD=/a.so:/x/libcapkeep.so:/b.so", "CAPKEEP_LOG=none", "B=2", NULL},
          (const char *[]){"LD_PRELOAD=/a.so:/b.so", "B=2", NULL});
    check(CK_ENVIRON_STRIP, (char *[]){"LD_PRELOAD=libcapkeep.so", "B=2", NULL}, (const char *[]){"B=2", NULL});
}

static void c5_what_needs_no_change_is_left_alone(void **state)
{
    struct ck_environ_need need;

    (void)state; /* cmocka's signature */
    ck_environ_measure(CK_ENVIRON_STRIP, &carry, (char *[]){"LD_PRELOAD=/a.so", "B=2", NULL}, &need);
    assert_true(need.same);
    ck_environ_measure(CK_ENVIRON_STRIP, &carry, (char *[]){"LD_PRELOAD=/xlibcapkeep.so", NULL}, &need);
    assert_true(need.same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c4_a_cleaned_environment_gets_preload_and_policy_back),
        cmocka_unit_test(c4_our_entry_goes_in_front_of_the_users),
        cmocka_unit_test(c4_once_dropped_only_our_entry_goes),
        cmocka_unit_test(c5_what_needs_no_change_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
