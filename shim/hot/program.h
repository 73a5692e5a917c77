/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What is about to be executed, and by whom: the credentials decide what the file will make of them. */
#include <limits.h>

#include "../core/decide.h"
#include "../core/exec_ids.h"
#include "../core/shebang.h"
#include "caller.h"

/* How the caller named the file: as execveat(2) does. path "" with AT_EMPTY_PATH is the descriptor itself. */
struct ck_target {
    int dirfd;
    const char *path;
    int flags;
};

/* A resolved name longer than this stays unresolved; its text, device and inode still identify the file. */
#define CK_RESOLVED_MAX 1024

/* The texts that a struct ck_program points to, and what is read of a file. Too large for a stack (hot/scratch.h). */
struct ck_program_texts {
    char head[CK_ELF_HEAD_MAX];
    char interpreters[CK_PROGRAM_NAMES_MAX - 1][CK_SHEBANG_MAX];
    char resolved[CK_PROGRAM_NAMES_MAX][CK_RESOLVED_MAX];
};

/* The thread that executes, with the ids that it will have then. */
struct ck_executor {
    const struct ck_caller *caller;
    struct ck_exec_ids ids; /* uids and gids alone; the others follow from the file */
    bool by_effective;      /* of the kernel: ck_exec_ids_change */
};

void ck_executor_read(const struct ck_caller *caller, bool by_effective, struct ck_executor *ret_executor);

/*
 * Names the target and, for a script, each interpreter in turn. A file that cannot be looked at is known by its text
 * alone. The facts are those of the file that the kernel will take credentials from: the last interpreter. Returns
 * false where there is no such file, so that an exec will fail.
 */
bool ck_program_look(const struct ck_executor *executor, const struct ck_target *target, struct ck_program_texts *texts,
                     struct ck_program *ret_program, struct ck_file_facts *ret_facts);

/*
 * Whether the library is also installed for the other word size of this machine, where ld.so finds it by its bare
 * name.
 */
bool ck_program_has_foreign_library(void);
