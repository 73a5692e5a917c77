/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Stands where a thread stands, in its root and its working directory, so that a path names the same file to both. */
#include <stdbool.h>
#include <sys/types.h>

struct ck_visit {
    int root; /* our own, while it is left; else -1 */
};

/*
 * Takes this process, which must have no other threads, to where thread `tid` is. Returns 0, or -errno: then it is in
 * its own root still. Both ends leave the working directory at the root.
 */
int ck_visit_begin(pid_t tid, struct ck_visit *ret_visit);
void ck_visit_end(struct ck_visit *visit);
