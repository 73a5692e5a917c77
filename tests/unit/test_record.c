/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* C6: one line of the log, whatever stands in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/record.h"

static const struct ck_uids root;
static const struct ck_uids nobody = {65534, 65534, 65534};

static const char *format(const struct ck_record *record)
{
    static char line[CK_LINE_MAX - 64];
    struct ck_text text = ck_text_start(line, sizeof(line));

    ck_record_format(record, &text);
    return line;
}

static struct ck_record record_of(const struct ck_verdict *verdict)
{
    return (struct ck_record){
        .comm = "setpriv",
        .launcher = "/usr/bin/setpriv",
        .call = "setresuid",
        .rule = "ntp",
        .before = &root,
        .after = &nobody,
        .verdict = verdict,
    };
}

static void c6_who_what_which_rule_what_was_kept_and_what_not_and_why(void **state)
{
    struct ck_verdict verdict = {
        .kept_mask = UINT64_C(1) << 25,
        .waiting_mask = UINT64_C(1) << 10,
        .lost[CK_LOST_NOT_BOUNDING] = UINT64_C(1) << 13,
        .unhardened = true,
        .needs_setpcap = true,
    };
    struct ck_record record = record_of(&verdict);

    (void)state; /* cmocka's signature */
    assert_string_equal(format(&record),
                        "event=not-kept comm=setpriv launcher=/usr/bin/setpriv call=setresuid "
                        "uids=0,0,0->65534,65534,65534 rule=ntp kept=cap_sys_time waiting=cap_net_bind_service "
                        "not-bounding=cap_net_raw hardening=failed needs=cap_setpcap");
}

static void c6_each_event_has_its_word(void **state)
{
    struct ck_verdict kept = {.kept_mask = 1};
    struct ck_verdict wide = {.unnarrowed = true};
    struct ck_record record = record_of(&kept);

    (void)state; /* cmocka's signature */
    assert_memory_equal(format(&record), "event=kept ", 11);
    assert_false(ck_record_is_warning(&record));
    record.refused = true;
    assert_memory_equal(format(&record), "event=refused ", 14);
    assert_true(ck_record_is_warning(&record));
    record = record_of(&wide);
    record.rule = NULL;
    record.thread = 7;
    assert_string_equal(format(&record),
                        "event=not-narrowed thread=7 comm=setpriv launcher=/usr/bin/setpriv call=setresuid "
                        "uids=0,0,0->65534,65534,65534 narrowing=failed");
    assert_true(ck_record_is_warning(&record));
}

static void c6_a_change_without_a_rule_names_the_nearest_and_what_it_is_for(void **state)
{
    static const struct {
        struct ck_miss miss;
        const char *fields;
    } rows[] = {
        {{.rule = NULL}, ""},
        {{.rule = "a b", .user_count = 1, .user = 33, .has_launcher = true}, " nearest=a\\x20b wants-user=33"},
        {{.rule = "a", .user_count = 2, .user = 33, .has_launcher = true}, " nearest=a wants-user=33,..."},
        {{.rule = "a", .has_launcher = true}, " nearest=a wants-user=none"},
        {{.rule = "a", .has_user = true, .launcher_count = 1, .launcher = "/c"}, " nearest=a wants-launcher=/c"},
        {{.rule = "a", .user_count = 1, .user = 7, .launcher_count = 2, .launcher = "/c"},
         " nearest=a wants-user=7 wants-launcher=/c,..."},
    };
    static const char start[] = "event=no-match comm=setpriv launcher=/usr/bin/setpriv call=setresuid "
                                "uids=0,0,0->65534,65534,65534";

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ck_record record = record_of(NULL);

        record.event = CK_EVENT_NO_MATCH;
        record.rule = NULL;
        record.miss = &rows[i].miss;
        assert_memory_equal(format(&record), start, sizeof(start) - 1);
        assert_string_equal(format(&record) + sizeof(start) - 1, rows[i].fields);
    }
}

static void c6_what_is_a_failure(void **state)
{
    static const struct ck_verdict kept = {.kept_mask = 1, .waiting_mask = 2};
    static const struct ck_verdict other = {.other_mask = 1};
    static const struct ck_verdict lost = {.kept_mask = 1, .lost[CK_LOST_UNSEEN] = 1};
    static const struct ck_verdict unhardened = {.unhardened = true};
    static const struct ck_verdict unnarrowed = {.unnarrowed = true};
    static const struct {
        struct ck_record record;
        bool is_failure;
        bool is_warning;
    } rows[] = {
        {{.verdict = &kept}, false, false},
        {{.verdict = &other}, false, true},
        {{.verdict = &lost}, true, true},
        {{.verdict = &unhardened}, true, true},
        {{.verdict = &unnarrowed}, true, true},
        {{.verdict = &kept, .refused = true}, true, true},
        {{.event = CK_EVENT_DROPPED, .verdict = &lost}, true, true},
        {{.event = CK_EVENT_RIVAL}, true, true},
        {{.event = CK_EVENT_NO_MATCH}, false, false},
        {{.event = CK_EVENT_REACH}, true, true},
        {{.event = CK_EVENT_REACH, .is_supervised = true}, false, false},
    };

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ck_record_is_failure(&rows[i].record), rows[i].is_failure);
        assert_int_equal(ck_record_is_warning(&rows[i].record), rows[i].is_warning);
    }
}

static void c6_a_line_has_no_byte_that_breaks_lines_fields_or_terminals(void **state)
{
    struct ck_verdict verdict = {.kept_mask = 1};
    struct ck_record record = record_of(&verdict);
    char every[256];

    (void)state; /* cmocka's signature */
    for (int byte = 1; byte < 256; byte++)
        every[byte - 1] = (char)byte;
    every[255] = '\0';
    /* In two halves, as a field has an end. */
    record.launcher = every + 128;
    record.program = "/a b\n\"c\\\x1b";
    every[128 + 60] = '\0';
    for (const char *at = format(&record); *at != '\0'; at++)
        assert_in_range(*at, ' ', '~');
    assert_non_null(strstr(format(&record), " program=/a\\x20b\\x0a\\x22c\\x5c\\x1b "));
}

static void c6_the_longest_names_do_not_cost_the_reasons(void **state)
{
    struct ck_verdict verdict = {
        .lost[CK_LOST_NO_AMBIENT_RAISE] = (UINT64_C(1) << 41) - 1, .unhardened = true, .needs_setpcap = true};
    struct ck_record record = record_of(&verdict);
    char longest[PATH_MAX];

    (void)state; /* cmocka's signature */
    memset(longest, '\n', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    record.comm = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
    record.launcher = record.program = record.rule = record.awaited = longest;
    record.before = record.after = &(const struct ck_uids){4294967294U, 4294967294U, 4294967294U};
    record.thread = INT_MAX;
    const char *line = format(&record);
    assert_non_null(strstr(line, "no-ambient-raise=cap_chown,"));
    assert_string_equal(line + strlen(line) - strlen(",cap_checkpoint_restore hardening=failed needs=cap_setpcap"),
                        ",cap_checkpoint_restore hardening=failed needs=cap_setpcap");
    assert_non_null(strstr(line, "... call="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c6_who_what_which_rule_what_was_kept_and_what_not_and_why),
        cmocka_unit_test(c6_each_event_has_its_word),
        cmocka_unit_test(c6_a_change_without_a_rule_names_the_nearest_and_what_it_is_for),
        cmocka_unit_test(c6_what_is_a_failure),
        cmocka_unit_test(c6_a_line_has_no_byte_that_breaks_lines_fields_or_terminals),
        cmocka_unit_test(c6_the_longest_names_do_not_cost_the_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
