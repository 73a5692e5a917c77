/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* One case of `invariants`: a policy, a thread's state, and calls that it makes one after the other. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INVARIANTS_RULES_MAX 3
#define INVARIANTS_UIDS_MAX 3
#define INVARIANTS_CALLS_MAX 4
#define INVARIANTS_LINE_MAX 2048

/* The programs that a rule or an exec names: both report their state. */
enum { PROGRAM_NONE, PROGRAM_A, PROGRAM_B };

/* Whose launcher a rule is for. */
enum { LAUNCHER_ANY, LAUNCHER_THIS, LAUNCHER_OTHER };

struct invariants_rule {
    uint64_t ambient;
    uint64_t bounding; /* 0 where the rule does not speak of it */
    uint64_t program;
    uint64_t launcher;
    uint64_t no_new_privs;
    uint64_t refuse;
    uint64_t guard;
    uint64_t uid_count;
    uint64_t uids[INVARIANTS_UIDS_MAX];
};

/* Every wrapped call but popen and dlopen has its arguments from the case. */
enum invariants_kind {
    KIND_SETUID,
    KIND_SETEUID,
    KIND_SETREUID,
    KIND_SETRESUID,
    KIND_SETFSUID,
    KIND_SYS_SETUID,
    KIND_SYS_SETREUID,
    KIND_SYS_SETRESUID,
    KIND_CAPSET,
    KIND_SYS_CAPSET,
    KIND_PRCTL,
    KIND_SYS_PRCTL,
    KIND_DLOPEN,
    KIND_EXECVE, /* the first of those that start a program: args[0] is which */
    KIND_EXECV,
    KIND_EXECVP,
    KIND_EXECVPE,
    KIND_EXECL,
    KIND_EXECLP,
    KIND_EXECLE,
    KIND_FEXECVE,
    KIND_EXECVEAT,
    KIND_SYS_EXECVE,
    KIND_SYS_EXECVEAT,
    KIND_POSIX_SPAWN, /* args[1]: POSIX_SPAWN_RESETIDS */
    KIND_POSIX_SPAWNP,
    KIND_SYSTEM,
    KIND_POPEN,
    KIND_COUNT,
};

struct invariants_call {
    uint64_t kind;
    uint64_t args[3];
};

struct invariants_case {
    uint64_t rule_count;
    struct invariants_rule rules[INVARIANTS_RULES_MAX];
    uint64_t uids[3];
    uint64_t permitted;
    uint64_t effective;
    uint64_t inheritable;
    uint64_t ambient;
    uint64_t bounding;
    uint64_t securebits;
    uint64_t no_new_privs;
    uint64_t call_count;
    struct invariants_call calls[INVARIANTS_CALLS_MAX];
    char fault[48]; /* as fault_install takes it; "" for none */
};

bool invariants_starts_program(uint64_t kind);
const char *invariants_kind_name(uint64_t kind);

/* The case in one line, which invariants_parse reads back. Returns false where it is no such line. */
void invariants_print(const struct invariants_case *the_case, char line[INVARIANTS_LINE_MAX]);
bool invariants_parse(const char *line, struct invariants_case *ret_case);

/* What this process holds is all that there is to draw from. */
struct invariants_limits {
    uint64_t held;
    unsigned last_cap;
    bool clears_where_ids_differ; /* exec, what is ambient: before Linux 6.17 */
};

/* Draws the policy of a batch, and then a case with that policy: the same for the same numbers. */
void invariants_draw_policy(const struct invariants_limits *limits, uint64_t seed, uint64_t batch,
                            struct invariants_case *ret_case);
void invariants_draw(const struct invariants_limits *limits, uint64_t seed, uint64_t number,
                     struct invariants_case *the_case);

/* Writes the policy as a file; `directory` is where the programs are, `launcher` this executable. */
int invariants_write_policy(const struct invariants_case *the_case, const char *path, const char *directory,
                            const char *launcher);

/* Names the program in `directory`. */
const char *invariants_program_name(uint64_t program);
