/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "../../shim/core/names.h"
#include "../../shim/core/text.h"
#include "../../trace/on_demand.h"
#include "exit.h"
#include "utf8.h"

#define JSON_C(F)                                                                                                      \
    F(json_object_array_add)                                                                                           \
    F(json_object_new_array)                                                                                           \
    F(json_object_new_boolean)                                                                                         \
    F(json_object_new_double_s)                                                                                        \
    F(json_object_new_int)                                                                                             \
    F(json_object_new_int64)                                                                                           \
    F(json_object_new_object)                                                                                          \
    F(json_object_new_string)                                                                                          \
    F(json_object_object_add)                                                                                          \
    F(json_object_put)                                                                                                 \
    F(json_object_to_json_string_ext)
CK_ON_DEMAND(json_c, "libjson-c.so.5", "explain, status and trace: JSON and the page", JSON_C)

void ck_json_set(struct json_object *object, const char *key, struct json_object *value)
{
    if (json_c()->json_object_object_add(object, key, value) != 0)
        (void)ck_memory(NULL);
}

void ck_json_append(struct json_object *array, struct json_object *value)
{
    if (json_c()->json_object_array_add(array, value) != 0)
        (void)ck_memory(NULL);
}

struct json_object *ck_json_object(void)
{
    return ck_memory(json_c()->json_object_new_object());
}

struct json_object *ck_json_array(void)
{
    return ck_memory(json_c()->json_object_new_array());
}

struct json_object *ck_json_number(int64_t number)
{
    return ck_memory(json_c()->json_object_new_int64(number));
}

struct json_object *ck_json_bool(bool value)
{
    return ck_memory(json_c()->json_object_new_boolean(value));
}

struct json_object *ck_json_cap(unsigned cap)
{
    const char *name = ck_cap_name(cap);

    return ck_memory(name != NULL ? json_c()->json_object_new_string(name) : json_c()->json_object_new_int((int)cap));
}

struct json_object *ck_json_caps(uint64_t mask)
{
    struct json_object *array = ck_json_array();

    while (mask != 0)
        ck_json_append(array, ck_json_cap(ck_cap_take_lowest(&mask)));
    return array;
}

/* The sets in the order in which they are told, with the masks of one thread. */
struct set {
    const char *name;
    uint64_t mask;
};

enum { SET_COUNT = 5 };

static void name_sets(const struct ck_capset *caps, struct set ret_sets[SET_COUNT])
{
    ret_sets[0] = (struct set){"permitted", caps->permitted};
    ret_sets[1] = (struct set){"effective", caps->effective};
    ret_sets[2] = (struct set){"inheritable", caps->inheritable};
    ret_sets[3] = (struct set){"ambient", caps->ambient};
    ret_sets[4] = (struct set){"bounding", caps->bounding};
}

struct json_object *ck_json_capset(const struct ck_capset *caps)
{
    struct json_object *object = ck_json_object();
    struct set sets[SET_COUNT];

    name_sets(caps, sets);
    for (int i = 0; i < SET_COUNT; i++)
        ck_json_set(object, sets[i].name, ck_json_caps(sets[i].mask));
    return object;
}

struct json_object *ck_json_ids(uint32_t real, uint32_t effective, uint32_t saved)
{
    struct json_object *array = ck_json_array();

    ck_json_append(array, ck_json_number(real));
    ck_json_append(array, ck_json_number(effective));
    ck_json_append(array, ck_json_number(saved));
    return array;
}

struct json_object *ck_json_text(const char *text)
{
    if (text == NULL)
        return NULL;
    if (ck_utf8_is(text))
        return ck_memory(json_c()->json_object_new_string(text));
    size_t size = 4 * strlen(text) + 1;
    char *buffer = ck_memory(malloc(size));
    struct ck_text written = ck_text_start(buffer, size);
    ck_text_printable(&written, text);
    struct json_object *string = ck_memory(json_c()->json_object_new_string(buffer));
    free(buffer);
    return string;
}

struct json_object *ck_json_lost(const struct ck_capset *lost, unsigned cap, const char *rule, const char *text)
{
    struct json_object *object = ck_json_object();
    struct json_object *names = ck_json_array();
    struct set sets[SET_COUNT];

    name_sets(lost, sets);
    for (int i = 0; i < SET_COUNT; i++) {
        if ((sets[i].mask & ck_cap_bit(cap)) != 0)
            ck_json_append(names, ck_json_text(sets[i].name));
    }
    ck_json_set(object, "cap", ck_json_cap(cap));
    ck_json_set(object, "sets", names);
    ck_json_set(object, "rule", ck_json_text(rule));
    ck_json_set(object, "text", ck_json_text(text));
    return object;
}

struct json_object *ck_json_seconds(double seconds, int digits)
{
    char text[32];

    (void)snprintf(text, sizeof(text), "%.*f", digits, seconds); /* it fits */
    return ck_memory(json_c()->json_object_new_double_s(seconds, text));
}

static const char *write_text(struct json_object *object, int flags)
{
    return ck_memory((void *)json_c()->json_object_to_json_string_ext(object, flags | JSON_C_TO_STRING_NOSLASHESCAPE));
}

const char *ck_json_compact(struct json_object *object)
{
    return write_text(object, JSON_C_TO_STRING_PLAIN);
}

void ck_json_release(struct json_object *object)
{
    (void)json_c()->json_object_put(object); /* the last reference */
}

/* A control character of the second kind (U+0080 to U+009F), which some terminals obey, in UTF-8. */
static bool is_c1(const char *text)
{
    return (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
}

void ck_json_write(const char *text, char also, FILE *stream)
{
    for (; *text != '\0'; text++) {
        if (is_c1(text))
            fprintf(stream, "\\u%04x", (unsigned char)*++text);
        else if (*text == also)
            fprintf(stream, "\\u%04x", (unsigned char)*text);
        else
            (void)fputc(*text, stream); /* that it failed is told at the end */
    }
}

void ck_json_print(struct json_object *object, FILE *stream)
{
    ck_json_write(write_text(object, JSON_C_TO_STRING_SPACED), '\0', stream);
    (void)fputc('\n', stream); /* as above */
    ck_json_release(object);
}
