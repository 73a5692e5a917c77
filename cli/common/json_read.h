/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* JSON that somebody hands in: every member of it is looked at before it is believed. */
#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* The object that a file holds; NULL with the reason, for a person, where it holds none. ck_json_release is its end. */
struct json_object *ck_json_read(const char *path, const char **ret_why);

/* The member with this name and of this type (json_type_array, …); NULL where there is none. It is the object's. */
struct json_object *ck_json_get(struct json_object *object, const char *key, enum json_type type);

/* A text, or NULL. */
const char *ck_json_get_text(struct json_object *object, const char *key);

/* A capability as ck_json_cap writes it; -1 where there is none. */
int ck_json_get_cap(struct json_object *object, const char *key);

/* Capabilities as ck_json_caps writes them. Returns whether that is what the member is. */
bool ck_json_get_caps(struct json_object *object, const char *key, uint64_t *ret_mask);

/* Of an array; an element that is no text is NULL. */
size_t ck_json_count(struct json_object *array);
struct json_object *ck_json_at(struct json_object *array, size_t index);
const char *ck_json_text_at(struct json_object *array, size_t index);

bool ck_json_is_same(struct json_object *one, struct json_object *other);

/* The same value once more, to be set or appended elsewhere. */
struct json_object *ck_json_share(struct json_object *value);
