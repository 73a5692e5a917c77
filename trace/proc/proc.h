/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What /proc tells of processes and threads. It does not tell their securebits. */
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "../../model/creds.h"

/* As many of a thread's supplementary groups are looked at. */
#define CK_PROC_GROUPS_MAX 1024U

/* The kernel's limit on the lines of a map (UID_GID_MAP_MAX_EXTENTS). */
#define CK_PROC_RANGES_MAX 340U

struct ck_proc {
    pid_t tid;
    pid_t pid;               /* of its process */
    pid_t ppid;              /* of its process's parent */
    pid_t tracer;            /* who traces it; 0 where nobody does */
    char comm[64];           /* any bytes: programs call themselves what they like */
    bool is_filtered;        /* by seccomp, in either mode */
    struct ck_thread thread; /* `groups` points to the next; securebits, shares_fs, chrooted and traced are not set */
    gid_t groups[CK_PROC_GROUPS_MAX];
};

/* Reads the text of a status file. Returns 0, or -EINVAL where a line is missing or no such line. */
int ck_proc_parse(FILE *stream, struct ck_proc *ret_proc);

/* Reads /proc/TID/status, in the caller's numbers and as of the caller's user namespace. Returns 0 or -errno. */
int ck_proc_read(pid_t tid, struct ck_proc *ret_proc);

/* The same credentials: all that the status file tells of them. */
bool ck_proc_same(const struct ck_proc *one, const struct ck_proc *other);

/* The file that a process executes, or "?" where that is not to be known; a script's is its interpreter. */
void ck_proc_read_exe(pid_t pid, char *ret_path, size_t size);

/* Whether libcapkeep.so is mapped into a process: 1, 0, or -errno where that is not to be known. */
int ck_proc_has_library(pid_t pid);

/* The file of the library, as it is mapped. */
struct ck_proc_library {
    char path[PATH_MAX]; /* from the process's own root directory */
    ino_t ino;
    bool is_deleted; /* that file is in no directory any more */
};

/* The same, and which file it is. */
int ck_proc_find_library(pid_t pid, struct ck_proc_library *ret_library);

/* When a process was created, on today's clock, and to a hundredth of a second. Returns 0 or -errno. */
int ck_proc_read_start(pid_t pid, struct timespec *ret_start);

/*
 * "environ" or "cmdline": what the process was executed with, unless it has written over it. The words, behind the last
 * of which is NULL, are in one piece of malloc. Returns their number or -errno.
 */
int ck_proc_read_words(pid_t pid, const char *name, char ***ret_words);

/*
 * The ids of all processes, or, with `pid`, of all threads of that one, in ascending order and in memory of malloc.
 * Returns their number or -errno.
 */
int ck_proc_list(pid_t pid, pid_t **ret_ids);

/* Whether a process is in the user namespace of the caller; true where that cannot be told. */
bool ck_proc_is_here(pid_t pid);

struct ck_proc_userns {
    struct ck_userns userns; /* its maps point to the next two; its parent is taken to be the caller's */
    struct ck_id_range uids[CK_PROC_RANGES_MAX];
    struct ck_id_range gids[CK_PROC_RANGES_MAX];
};

/* The user namespace of a process that is in another one than the caller. Returns 0 or -errno. */
int ck_proc_read_userns(pid_t pid, struct ck_proc_userns *ret_userns);
