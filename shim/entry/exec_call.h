/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Every exec is one of three real calls, with an environment that may have to be rewritten. */
#include "funnel.h"

enum ck_exec_kind { CK_EXECVE, CK_FEXECVE, CK_EXECVEAT };

struct ck_exec_call {
    enum ck_exec_kind kind;
    const char *name; /* of the wrapper, for the log */
    struct ck_target target;
    char *const *argv;
    char *const *envp;
};

/* Returns only on failure, as execve(2): -1 with the errno of the real call, or EPERM where the policy refuses. */
int ck_exec_run(const struct ck_exec_call *call);

/*
 * The environment for `exec` in *ret_envp, which is `envp` itself or lies in memory that is given: `pointers` and `bytes` as
 * measured in exec->need. Returns false where another thread has changed it since, so that it does not fit: all has to begin
 * anew, or goes on with `envp` as it stands.
 */
bool ck_exec_environ(const struct ck_exec *exec, char *const *envp, char **pointers, char *bytes,
                     char *const **ret_envp);

/*
 * The arguments of the command in state->supervisor that make it execute `path` with `argv` and supervise that. `words`
 * has ck_exec_supervised_count(argv) elements.
 */
size_t ck_exec_supervised_count(char *const *argv);
void ck_exec_supervised(const struct ck_state *state, const char *path, char *const *argv, char **words);

/* Where execvp(3) looks without a PATH: the C libraries differ (confstr(3), _CS_PATH). */
const char *ck_default_path(void);

/* Writes the entry of PATH that begins at `directory`, which may be empty, and `file` to `ret_path`. */
void ck_path_join(const char *directory, size_t length, const char *file, char *ret_path);
