/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * `call STEP…` runs its arguments one after the other, as a launcher would run its code: settings ("path=/bin/true"),
 * preparations ("keepcaps=1"), "status", and any wrapped libc function by its name ("setresuid=65534,65534,65534").
 * Each call's result and errno is one line of output. The table of functions is shim/symbols.def: a row there without
 * a body in call_<family>.c does not link.
 */
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CALL_ARGS_MAX 700U
/* What errno is set to before a call; no system call returns it, so it tells whether the call wrote errno. */
#define CALL_ERRNO_UNTOUCHED 4242

enum call_how { CALL_IN_SELF, CALL_IN_FORK, CALL_IN_VFORK };

struct call {
    const char *path;
    char *argv[CALL_ARGS_MAX + 1];
    size_t argc;
    bool argv_null;
    char *envp[CALL_ARGS_MAX + 1];
    size_t envc;
    bool envp_null;
    bool envp_given; /* else the process's own environ */
    int fd;          /* for fexecve and execveat */
    int flags;       /* for execveat */
    enum call_how how;
    bool child_drops; /* the child of fork and vfork leaves root before it executes */
    uid_t child_uid;
    bool pid_null;
    const char *type; /* of popen */
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    bool attributes_null;
};

/* What argv and envp come to with all settings made. */
char *const *call_argv(const struct call *call);
char *const *call_envp(const struct call *call);

/* One line "name = result errno"; `error` is errno as the call left it. */
void call_report(const char *name, long result, int error);

/* Waits for a child, -1 for any, and prints how it ended. */
void call_wait(pid_t pid);

/* Runs an exec function in this process, in a fork or in a vfork child, as the setting says, and reports. */
typedef int call_exec_function(const struct call *call);
void call_exec(const struct call *call, const char *name, call_exec_function *function);

/* "1,2,3" as numbers, also "-1" and "0x1000"; what is missing is 0. Returns how many there were. */
size_t call_numbers(const char *operand, long *ret_numbers, size_t count);

/* Whether dlerror(3) has something to tell. */
void call_dlerror(struct call *call, const char *operand);

#define CK_SYMBOL(name, family, need) void call_##name(struct call *call, const char *operand);
#include "../../shim/symbols.def"
#undef CK_SYMBOL
