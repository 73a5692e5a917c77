/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What becomes of one configuration: a policy, or what is wrong. Nothing is printed before all of it is known. */
#include <stdio.h>

struct ck_conversion {
    const char *file; /* as messages call it */
    unsigned failures;
    FILE *out; /* the policy so far */
    char *text;
    size_t size;
};

/* These, as all that convert does, end the process with 125 where there is no memory. */
void ck_conversion_start(struct ck_conversion *conversion, const char *file);

/* "FILE:LINE: error: …" on standard error; `line` is 0 where it is the whole file that is meant. */
void ck_conversion_fail(struct ck_conversion *conversion, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Prints the policy, if nothing was wrong and it is one: it is read as the library will read it first. Returns 0, or 1
 * with nothing printed.
 */
int ck_conversion_end(struct ck_conversion *conversion);
