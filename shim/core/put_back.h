/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * A program that executes itself anew until its environment is clean (checksec) would do so for ever, if the library were
 * put back into it each time. So a process into whose environment it was put back once, and which then takes it out and
 * executes the same file with the same arguments again, has decided (contract C4). What was executed is handed on in a
 * variable, which the next constructor takes away. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

/* PID:DEV:INO:ARGUMENTS. Not for people. */
#define CK_VARIABLE_PUT_BACK "CAPKEEP_PUT_BACK"
#define CK_PUT_BACK_SIZE (sizeof(CK_VARIABLE_PUT_BACK) + (size_t)4 * 21)

/* One exec; pid 0 for none. A child has another pid: nginx and sshd execute themselves in one, and are carried on. */
struct ck_put_back {
    pid_t pid;
    dev_t dev; /* of the file that was named, a script for instance; ino 0 where it could not be looked at */
    ino_t ino;
    uint64_t arguments; /* of ck_put_back_hash */
};

/* `argv` may be NULL. What is shorter by one each time (env -i env -i …) is no loop. */
uint64_t ck_put_back_hash(char *const *argv);

/* Whether `now` is once more what was executed `before`. */
bool ck_put_back_is_again(const struct ck_put_back *before, const struct ck_put_back *now);

/* Appends VARIABLE=VALUE. */
void ck_put_back_format(const struct ck_put_back *put_back, struct ck_text *text);
/* Returns false, and none, where the value is not one of ck_put_back_format's. */
bool ck_put_back_parse(const char *value, struct ck_put_back *ret_put_back);
