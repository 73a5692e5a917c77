#pragma once
/* Texts of a policy to values. Pure; errors are one sentence, for a person. */
#include "policy.h"

struct ck_parse_error {
    char text[200];
};

/*
 * Capability names with or without "cap_", any case, or numbers, separated by blanks or commas. Returns 0, or -EINVAL
 * with the sentence in *ret_error and *ret_mask untouched.
 */
int ck_parse_caps(const char *text, uint64_t *ret_mask, struct ck_parse_error *ret_error);

/* yes, true, on, 1 or no, false, off, 0, as systemd.syntax(7) has them. */
int ck_parse_bool(const char *text, bool *ret_value, struct ck_parse_error *ret_error);

/* A whole decimal uid; 4294967295 is no uid but setresuid(2)'s "leave it". */
int ck_parse_uid(const char *text, size_t length, uid_t *ret_uid);
