/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A file that can be executed, with all that counts when it is: for a script, its interpreters as well. */
#include <limits.h>

#include "../../shim/hot/program.h"
#include "../../trace/proc/file.h"

struct ck_executable {
    char path[PATH_MAX]; /* as it is executed */
    struct ck_program program;
    struct ck_program_texts texts; /* behind `program` */
    struct ck_file_facts facts;    /* what depends on the ids of a process is not of use here */
    struct ck_file files[CK_PROGRAM_NAMES_MAX];
    unsigned char caps[CK_PROGRAM_NAMES_MAX][CK_FILE_CAPS_SIZE]; /* behind `files` */
};

/* Looks at `path`. Returns 0, or -errno where the file, or an interpreter, is not there or cannot be looked at. */
int ck_executable_look(const char *path, struct ck_executable *ret_executable);

/* The interpreter that was not there; NULL where it was the file itself. */
const char *ck_executable_missing(const struct ck_executable *executable);

/* The file that the kernel takes credentials from, and what /proc/PID/exe will be: the last interpreter of a script. */
const struct ck_file *ck_executable_file(const struct ck_executable *executable);
const char *ck_executable_name(const struct ck_executable *executable);
