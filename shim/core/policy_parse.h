/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Texts of a policy to values. Pure; errors are one sentence, for a person. */
#include "policy.h"

struct ck_parse_error {
    char text[320];
};

/* The sentence: `what`, and `value` in quotation marks unless it is NULL. Returns -EINVAL. */
int ck_parse_fail(struct ck_parse_error *ret_error, const char *what, const char *value);

/* The same with the names of capabilities for its value. */
int ck_parse_fail_caps(struct ck_parse_error *ret_error, const char *what, uint64_t mask);

/* Adds "; did you mean …?" to the sentence, and nothing for NULL. */
void ck_parse_suggest(struct ck_parse_error *error, const char *name);

/*
 * Capability names with or without "cap_", any case, or numbers, separated by blanks or commas. Returns 0, or -EINVAL
 * with the sentence in *ret_error and *ret_mask untouched.
 */
int ck_parse_caps(const char *text, uint64_t *ret_mask, struct ck_parse_error *ret_error);

/* libcap's "IAB" tuple: what is added to inheritable, what is ambient too, what is dropped from the bounding set. */
struct ck_iab {
    uint64_t inheritable_mask; /* beyond ambient_mask */
    uint64_t ambient_mask;
    uint64_t unbound_mask;
};

/*
 * IAB text as cap_iab_from_text(3) reads it, with blanks around its commas as pam_cap and OpenRC write it: each name
 * has any of "!" (dropped from the bounding set), "^" (inheritable and ambient) and "%" (inheritable, as without one).
 */
int ck_parse_iab(const char *text, struct ck_iab *ret_iab, struct ck_parse_error *ret_error);

/* yes, true, on, 1 or no, false, off, 0, as systemd.syntax(7) has them. */
int ck_parse_bool(const char *text, bool *ret_value, struct ck_parse_error *ret_error);

/* A whole decimal uid; 4294967295 is no uid but setresuid(2)'s "leave it". */
int ck_parse_uid(const char *text, size_t length, uid_t *ret_uid);
