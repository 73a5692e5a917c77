#pragma once
/* What is about to be executed by `caller`, whose credentials decide what the file will make of them. */
#include <limits.h>

#include "../core/decide.h"
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

/* The texts that a struct ck_program points to. On the stack of the caller: there is no heap here. */
struct ck_program_texts {
    char interpreters[CK_PROGRAM_NAMES_MAX - 1][CK_SHEBANG_MAX];
    char resolved[CK_PROGRAM_NAMES_MAX][CK_RESOLVED_MAX];
};

/*
 * Names the target and, for a script, each interpreter in turn. A file that cannot be looked at is known by its text
 * alone. The facts are those of the file that the kernel will take credentials from: the last interpreter. Returns
 * false where there is no such file, so that an exec will fail.
 */
bool ck_program_look(const struct ck_caller *caller, const struct ck_target *target, struct ck_program_texts *texts,
                     struct ck_program *ret_program, struct ck_file_facts *ret_facts);

/*
 * Whether the library is also installed for the other word size of this machine, where ld.so finds it by its bare
 * name.
 */
bool ck_program_has_foreign_library(void);
