/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The environment of the next program (contract C4). Pure, and in the caller's memory: measured first, then written,
 * because between fork and exec there is no heap. The caller's own array and strings are never changed.
 */
#include <stdbool.h>
#include <stddef.h>

/* The file name by which our entry in LD_PRELOAD is known, whatever its directory. */
#define CK_LIBRARY_NAME "libcapkeep.so"

/*
 * Descendants=no: the program's own constructor lowers these capabilities (16 hexadecimal digits) in its ambient set,
 * and takes the variable away again. Not for people.
 */
#define CK_VARIABLE_LOWER "CAPKEEP_LOWER"

#define CK_CARRY_MAX 24
#define CK_CARRY_BYTES ((size_t)16 * 1024)

/* What goes along, as it was when the shim was loaded. */
struct ck_carry {
    const char *preload; /* our entry, as text for LD_PRELOAD; NULL where we came by /etc/ld.so.preload */
    unsigned count;
    const char *const *vars; /* "CAPKEEP_…=…" */
    const char *put_back;    /* the same, of put_back.h, in the place of any that is there; NULL for none */
};

enum ck_environ_mode {
    CK_ENVIRON_CARRY, /* the program still has a uid 0: the preload and the policy go along */
    CK_ENVIRON_STRIP, /* it has none: it sees the environment that it would have seen */
    CK_ENVIRON_LOWER, /* the same, but once more with the library and the variables of `carry`, and no others of ours */
};

struct ck_environ_need {
    bool same;       /* nothing to change: envp itself will do */
    size_t pointers; /* elements of the new array, with its terminating NULL: at least 1 */
    size_t bytes;    /* for new strings */
};

/* `envp` may be NULL, as execve(2) allows on Linux. */
void ck_environ_measure(enum ck_environ_mode mode, const struct ck_carry *carry, char *const *envp,
                        struct ck_environ_need *ret_need);

/*
 * Writes the new array into `pointers` and new strings into `bytes`, both as measured, and never beyond. Returns false
 * where another thread has changed the environment since, so that it does not fit any more: then what was written is of
 * no use, and it can be measured anew.
 */
bool ck_environ_write(enum ck_environ_mode mode, const struct ck_carry *carry, char *const *envp,
                      const struct ck_environ_need *need, char **pointers, char *bytes);

/* The value of a variable, as getenv(3); NULL where it is not there, or where there is no environment. */
const char *ck_environ_find(char *const *envp, const char *name);

/* Whether this environment string is a CAPKEEP_ variable. */
bool ck_environ_is_ours(const char *string);

/* Whether it is that of put_back.h. */
bool ck_environ_is_put_back(const char *string);

/* Whether LD_PRELOAD names our library. */
bool ck_environ_has_library(char *const *envp);

/*
 * Whether a program that has to have its runtime first (core/runtime.h) starts with our entry added: LD_PRELOAD has that in
 * front, or its check is switched off.
 */
bool ck_environ_suits_runtime(char *const *envp);

/* The first entry of an LD_PRELOAD list that is our library: its length and, in *ret_entry, its start; 0 if none. */
size_t ck_preload_find(const char *list, const char **ret_entry);

/*
 * Writes "LD_PRELOAD=" and the list without our entries to `buffer`, which has room for the string itself and may be that.
 * Returns whether anything is left in the list.
 */
bool ck_preload_strip(const char *string, char *buffer);
