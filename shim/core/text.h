/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Builds text in a fixed buffer, without stdio: what does not fit is cut, the terminating NUL always fits. */
#include <stddef.h>
#include <stdint.h>

struct ck_text {
    char *buffer;
    size_t size; /* at least 1 */
    size_t length;
};

struct ck_text ck_text_start(char *buffer, size_t size);
void ck_text_char(struct ck_text *text, char c);
void ck_text_string(struct ck_text *text, const char *string);
/* The same with every byte that could break a line of a log or a terminal written as \xNN. */
void ck_text_printable(struct ck_text *text, const char *string);
/* The same for one key=value field of a line: blanks and quotation marks are written so, too. */
void ck_text_escaped(struct ck_text *text, const char *string);
/* Sixteen hexadecimal digits. */
void ck_text_hex(struct ck_text *text, uint64_t number);
void ck_text_number(struct ck_text *text, uint64_t number);
/* An id as people write it: (uid_t)-1 is -1. */
void ck_text_id(struct ck_text *text, uint32_t id);
/* Names of the capabilities in the mask, separated by commas; "none" for an empty one. */
void ck_text_caps(struct ck_text *text, uint64_t mask);
