/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The parts of a policy that is suggested to somebody who copies it. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* The name of an account, or its number; until the next call. */
const char *ck_suggestion_user(uid_t uid);

/* A blank, and the word as a shell reads it, on one line, whatever it holds. */
void ck_suggestion_print_word(FILE *out, const char *word);

/* Whether a line of a policy can name this path, and a shell's comment show it. */
bool ck_suggestion_can_name(const char *path);

/*
 * The path of an executable as it is better named: where its name ends in a version, and a link beside it without that,
 * or with less of it, leads to it, that link. /usr/bin/python3 stays what /usr/bin/python3.11 is until the next upgrade.
 */
void ck_suggestion_unversioned(const char *path, char *ret_path, size_t size);

/* "[Keep NAME]", with nothing in it that would end it; with its number, if that is not 1. */
void ck_suggestion_print_section(FILE *out, const char *name, unsigned number);

/* A comment for each capability that amounts to root. */
void ck_suggestion_print_warnings(FILE *out, uint64_t mask);
