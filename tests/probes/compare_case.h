/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * One case of kernel_compare: a thread's state, a call, and the files that an exec needs. Ids are those of the initial
 * user namespace (kernel_compare's own); the arguments of a call are as the thread itself writes them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compare_state.h"

enum compare_call {
    CALL_SETUID,
    CALL_SETREUID,
    CALL_SETRESUID,
    CALL_SETFSUID,
    CALL_CAPSET, /* permitted, effective, inheritable */
    CALL_PRCTL,
    CALL_EXECVE,
    CALL_UNSHARE,
    CALL_SETNS, /* number of the namespace */
    CALL_COUNT,
};

enum compare_traced { TRACED_NOT, TRACED_BY_CAPABLE, TRACED_BY_INCAPABLE };

struct compare_file {
    uint64_t mode;
    uint64_t uid;
    uint64_t gid;
    uint64_t nosuid;
    uint64_t caps_length; /* 0: no file capabilities */
    uint64_t caps[7];     /* the attribute's 32-bit words */
};

struct compare_case {
    uint64_t userns; /* number of the namespace that the thread is in */
    struct compare_state state;
    uint64_t groups[4]; /* how many, and which */
    uint64_t threaded;
    uint64_t shares_fs;
    uint64_t chrooted;
    uint64_t traced;
    uint64_t call;
    uint64_t args[5];
    struct compare_file file;   /* the program */
    struct compare_file script; /* mode 0: the program is executed itself */
    uint64_t odd;               /* number of a prepared file, whose attribute setxattr would refuse; 0: none */
};

const char *compare_call_name(uint64_t call);

/* All of it in one line of name=value words; compare_case_parse makes the same case of it. */
void compare_case_print(const struct compare_case *the_case, char *buffer, size_t size);

/* Returns 0, or -1 where the text is not such a line. */
int compare_case_parse(const char *text, struct compare_case *ret_case);

/* The numbers of a state by name; a NULL name ends the table. */
struct compare_field {
    const char *name;
    size_t offset;
    size_t count;
    const char *format; /* of one number */
};

extern const struct compare_field compare_state_fields[];
