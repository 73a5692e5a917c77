/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* An exec, half-way: what exec.c has worked out and exec_why.c gives the reasons for. */
#include "exec.h"
#include "file_caps.h"

struct ck_exec_work {
    const struct ck_kernel *kernel;
    const struct ck_thread *before;
    const struct ck_file *script;  /* what is executed; the same as file, or the first of a chain that leads to it */
    const struct ck_file *file;    /* whose facts count */
    struct ck_file_caps file_caps; /* of the file, honoured or not; empty where it has none */
    bool has_file_caps;            /* they are honoured, be they empty */
    uid_t euid;                    /* by the file's set-user-ID bit */
    gid_t egid;
    bool effective;         /* all that is permitted becomes effective */
    bool ids_changed;       /* as the kernel sees it: ambient is cleared */
    uint64_t from_file;     /* permitted by file capabilities */
    uint64_t offered;       /* that, or what uid 0 gets instead; an unsafe exec is cut down to what was held */
    struct ck_thread after; /* with the program's sets */
};

/* The rule by which ambient is cleared; of no meaning where it is not. */
enum ck_kernel_rule ck_exec_ambient_rule(const struct ck_exec_work *work);

/* The rules for what of `want_mask` is not permitted afterwards. */
void ck_exec_why(const struct ck_exec_work *work, uint64_t want_mask, struct ck_losses *losses);
