/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json_read.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/names.h"
#include "../../trace/on_demand.h"

#define JSON_C_READ(F)                                                                                                 \
    F(json_object_array_get_idx)                                                                                       \
    F(json_object_array_length)                                                                                        \
    F(json_object_equal)                                                                                               \
    F(json_object_from_fd)                                                                                             \
    F(json_object_get)                                                                                                 \
    F(json_object_get_int64)                                                                                           \
    F(json_object_get_string)                                                                                          \
    F(json_object_get_type)                                                                                            \
    F(json_object_object_get_ex)                                                                                       \
    F(json_object_put)
CK_ON_DEMAND(json_c_read, "libjson-c.so.5", "learn --merge: JSON", JSON_C_READ)

struct json_object *ck_json_read(const char *path, const char **ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *ret_why = fd < 0 ? strerror(errno) : "it is not an object of JSON";
    if (fd < 0)
        return NULL;
    struct json_object *object = json_c_read()->json_object_from_fd(fd);
    (void)close(fd); /* read only: nothing is lost with it */
    if (json_c_read()->json_object_get_type(object) == json_type_object)
        return object;
    (void)json_c_read()->json_object_put(object); /* the last reference, or NULL */
    return NULL;
}

struct json_object *ck_json_get(struct json_object *object, const char *key, enum json_type type)
{
    struct json_object *value;

    if (!json_c_read()->json_object_object_get_ex(object, key, &value))
        return NULL;
    return json_c_read()->json_object_get_type(value) == type ? value : NULL;
}

const char *ck_json_get_text(struct json_object *object, const char *key)
{
    struct json_object *value = ck_json_get(object, key, json_type_string);

    return value != NULL ? json_c_read()->json_object_get_string(value) : NULL;
}

size_t ck_json_count(struct json_object *array)
{
    return json_c_read()->json_object_array_length(array);
}

struct json_object *ck_json_at(struct json_object *array, size_t index)
{
    return json_c_read()->json_object_array_get_idx(array, index);
}

const char *ck_json_text_at(struct json_object *array, size_t index)
{
    struct json_object *value = ck_json_at(array, index);

    return json_c_read()->json_object_get_type(value) == json_type_string ? json_c_read()->json_object_get_string(value)
                                                                          : NULL;
}

/* By its name, or, where the build that has written it knew none, by its number. */
static int cap_of(struct json_object *value)
{
    if (json_c_read()->json_object_get_type(value) == json_type_int) {
        int64_t number = json_c_read()->json_object_get_int64(value);
        return number >= 0 && number < CK_CAPS_MAX ? (int)number : -1;
    }
    if (json_c_read()->json_object_get_type(value) != json_type_string)
        return -1;
    const char *name = json_c_read()->json_object_get_string(value);
    return ck_cap_from_text(name, strlen(name));
}

int ck_json_get_cap(struct json_object *object, const char *key)
{
    struct json_object *value;

    return json_c_read()->json_object_object_get_ex(object, key, &value) ? cap_of(value) : -1;
}

bool ck_json_get_caps(struct json_object *object, const char *key, uint64_t *ret_mask)
{
    struct json_object *array = ck_json_get(object, key, json_type_array);
    uint64_t mask = 0;

    for (size_t i = 0; array != NULL && i < ck_json_count(array); i++) {
        int cap = cap_of(ck_json_at(array, i));
        if (cap < 0)
            return false;
        mask |= ck_cap_bit((unsigned)cap);
    }
    if (array != NULL)
        *ret_mask = mask;
    return array != NULL;
}

bool ck_json_is_same(struct json_object *one, struct json_object *other)
{
    return json_c_read()->json_object_equal(one, other) != 0;
}

struct json_object *ck_json_share(struct json_object *value)
{
    return json_c_read()->json_object_get(value);
}
