/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The files that the cases execute, on a file system of their own that is mounted twice, once with nosuid. It covers
 * /tmp in a mount namespace that ends with the process, so nothing is left behind.
 */
#include "../../model/exec.h"
#include "compare_case.h"

/* Longer than all of their paths. */
#define COMPARE_PATH_MAX 64

/*
 * Some attributes cannot be set by setxattr: those of revision 1, and those that exec refuses. Files that have them are
 * written into a disk image. Each stands there twice, the second time set-user-ID.
 */
enum { COMPARE_ODD_FILES = 20 };

/* A program and scripts for each of `workers`. `helper` is a descriptor of the program. Returns 0 or -1. */
int compare_files_make(int helper, unsigned workers);

/* The disk image; it takes mke2fs, debugfs and a loop device. Returns 0 or -1. */
int compare_files_make_odd(int helper);

/* Fills in `file` of a case that is about an odd file. */
void compare_files_describe_odd(struct compare_case *the_case);

/* Gives the files of a case their owners, modes and attributes. Returns 0, or -1 and errno. */
int compare_files_prepare(const struct compare_case *the_case, unsigned worker);

/* What a case executes. */
void compare_files_path(const struct compare_case *the_case, unsigned worker, char ret_path[COMPARE_PATH_MAX]);

/* The same for the model: the result points into ret_files, the program and the script. */
const struct ck_file *compare_files_facts(const struct compare_case *the_case, struct ck_file ret_files[2]);
