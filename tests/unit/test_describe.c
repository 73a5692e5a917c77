/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sets, securebits and tables, as people read them, and JSON, as programs do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cli/common/describe.h"
#include "../../cli/common/json.h"
#include "../../cli/common/table.h"

#define ALL ((UINT64_C(1) << 41) - 1)

static const char *caps(uint64_t mask, uint64_t all_mask)
{
    static char buffer[2048];
    struct ck_text text = ck_text_start(buffer, sizeof(buffer));

    ck_describe_caps(&text, mask, all_mask);
    return buffer;
}

static void sets_by_name_or_by_what_they_lack(void **state)
{
    (void)state; /* cmocka's signature */
    assert_string_equal(caps(0, ALL), "none");
    assert_string_equal(caps(1, ALL), "cap_chown");
    assert_string_equal(caps(3, ALL), "cap_chown,cap_dac_override");
    assert_string_equal(caps(ALL, ALL), "all 41");
    assert_string_equal(caps(ALL & ~UINT64_C(1), ALL), "all 41 but cap_chown");
    /* Of a smaller kernel, and beyond what the kernel knows. */
    assert_string_equal(caps(0xff, 0xff), "all 8");
    assert_string_equal(caps(3, 1), "cap_chown,cap_dac_override");
    /* A single one that is all there is has a name. */
    assert_string_equal(caps(1, 1), "cap_chown");
}

static void securebits_by_name(void **state)
{
    char buffer[256];
    struct ck_text text = ck_text_start(buffer, sizeof(buffer));

    (void)state; /* cmocka's signature */
    ck_describe_securebits(&text, 0);
    assert_string_equal(buffer, "none");
    text = ck_text_start(buffer, sizeof(buffer));
    ck_describe_securebits(&text, 0x2f);
    assert_string_equal(buffer, "noroot,noroot_locked,no_setuid_fixup,no_setuid_fixup_locked,keep_caps_locked");
    text = ck_text_start(buffer, sizeof(buffer));
    ck_describe_securebits(&text, 0x110);
    assert_string_equal(buffer, "keep_caps,0x0000000000000100");
}

static void a_table_is_aligned_and_breaks_long_lists_at_commas(void **state)
{
    static const char *const headings[] = {"A", "LIST", "Z"};
    static const char *const rows[][3] = {{"1", "cap_one,cap_two,cap_three,cap_four", "z"}, {"22", "none", ""}};
    struct ck_table table;
    char *text;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    (void)state; /* cmocka's signature */
    assert_non_null(stream);
    ck_table_start(&table, headings, 3);
    ck_table_add(&table, rows[0]);
    ck_table_add(&table, rows[1]);
    ck_table_print(&table, stream);
    int closed = fclose(stream);
    assert_int_equal(closed, 0);
    assert_string_equal(text, "A   LIST                Z\n"
                              "1   cap_one,cap_two,    z\n"
                              "    cap_three,cap_four\n"
                              "22  none\n");
    free(text);
}

static const char *json(struct json_object *object)
{
    static char buffer[4096];

    (void)snprintf(buffer, sizeof(buffer), "%s", json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
    (void)json_object_put(object); /* the last reference */
    return buffer;
}

static void json_has_names_where_there_are_any(void **state)
{
    const struct ck_capset set = {.permitted = 1, .bounding = UINT64_C(1) << 63};

    (void)state; /* cmocka's signature */
    assert_string_equal(json(ck_json_caps(0)), "[]");
    assert_string_equal(json(ck_json_caps(UINT64_C(0x8000000000000001))), "[\"cap_chown\",63]");
    assert_string_equal(json(ck_json_capset(&set)),
                        "{\"permitted\":[\"cap_chown\"],\"effective\":[],\"inheritable\":[],"
                        "\"ambient\":[],\"bounding\":[63]}");
    assert_string_equal(json(ck_json_ids(0, 7, UINT32_MAX)), "[0,7,4294967295]");
    assert_string_equal(json(ck_json_lost(&set, 0, "code", "text")),
                        "{\"cap\":\"cap_chown\",\"sets\":[\"permitted\"],\"rule\":\"code\",\"text\":\"text\"}");
}

static void json_text_is_utf8_whatever_it_was(void **state)
{
    (void)state; /* cmocka's signature */
    assert_null(ck_json_text(NULL));
    assert_string_equal(json(ck_json_text("a\"\n\033")), "\"a\\\"\\n\\u001b\"");
    assert_string_equal(json(ck_json_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")),
                        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    /* A lone byte, an overlong slash, half a surrogate, past the last character, a cut character. */
    assert_string_equal(json(ck_json_text("\xff")), "\"\\\\xff\"");
    assert_string_equal(json(ck_json_text("\xc0\xaf")), "\"\\\\xc0\\\\xaf\"");
    assert_string_equal(json(ck_json_text("\xed\xa0\x80")), "\"\\\\xed\\\\xa0\\\\x80\"");
    assert_string_equal(json(ck_json_text("\xf4\x90\x80\x80")), "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"");
    assert_string_equal(json(ck_json_text("\xe2\x82")), "\"\\\\xe2\\\\x82\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_by_name_or_by_what_they_lack),
        cmocka_unit_test(securebits_by_name),
        cmocka_unit_test(a_table_is_aligned_and_breaks_long_lists_at_commas),
        cmocka_unit_test(json_has_names_where_there_are_any),
        cmocka_unit_test(json_text_is_utf8_whatever_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
