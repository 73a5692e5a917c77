/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Capabilities and ids as JSON, in the words that all verbs use. */
#include <json-c/json.h>
#include <stdio.h>

#include "../../shim/core/capset.h"

/* These, and all below, end the process with 125 where there is no memory: half an answer is worse than none. */
struct json_object *ck_json_object(void);
struct json_object *ck_json_array(void);
struct json_object *ck_json_number(int64_t number);
struct json_object *ck_json_bool(bool value);

/* A capability by its name, or by its number where this build knows none; and all of a mask, by number. */
struct json_object *ck_json_cap(unsigned cap);
struct json_object *ck_json_caps(uint64_t mask);

/* {"permitted": […], "effective": […], "inheritable": […], "ambient": […], "bounding": […]} */
struct json_object *ck_json_capset(const struct ck_capset *caps);

/* [real, effective, saved] */
struct json_object *ck_json_ids(uint32_t real, uint32_t effective, uint32_t saved);

/* Any bytes as a string: of text that is no UTF-8 those that are not ASCII are written as \xNN. NULL becomes null. */
struct json_object *ck_json_text(const char *text);

/* {"cap": …, "sets": […], "rule": …, "text": …} for a capability that left, or did not get into, some of the sets. */
struct json_object *ck_json_lost(const struct ck_capset *lost, unsigned cap, const char *rule, const char *text);

/* The value may be NULL, which is null. */
void ck_json_set(struct json_object *object, const char *key, struct json_object *value);
void ck_json_append(struct json_object *array, struct json_object *value);

/* With so many digits, and not to the last one of a double. */
struct json_object *ck_json_seconds(double seconds, int digits);

/* Its shortest text, which is the object's; and the end of the object. */
const char *ck_json_compact(struct json_object *object);
void ck_json_release(struct json_object *object);

/* Writes such a text, in which what a terminal might obey, and the character `also`, are written as \\uNNNN. */
void ck_json_write(const char *text, char also, FILE *stream);

/* Prints it with a line end, and gives it up. */
void ck_json_print(struct json_object *object, FILE *stream);
