/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* execve(2) and its kin: what becomes of a thread that executes a file (cap_bprm_creds_from_file). */
#include <stddef.h>
#include <sys/stat.h>

#include "creds.h"
#include "kernel.h"

/* What of a file counts; ids as the observer numbers them. */
struct ck_file {
    mode_t mode;
    uid_t uid;
    gid_t gid;
    bool nosuid;      /* the mount is; or it is not one of the thread's namespaces (mnt_may_suid) */
    const void *caps; /* the attribute security.capability (file_caps.h), or NULL */
    size_t caps_length;
    const struct ck_file *interpreter; /* of a script: whose facts count instead. NULL where this is none */
};

/*
 * `ret_secure` is AT_SECURE of the program. Returns 0, or what the exec fails with: -EPERM where the file has the
 * effective bit and its permitted capabilities are not all to be had, and the errors of ck_file_caps_parse. Whether the
 * file may be executed at all is not asked. What binfmt_misc starts is a script in this respect, unless it is
 * registered with flag C.
 */
int ck_exec_call(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_file *file,
                 struct ck_outcome *ret_outcome, bool *ret_secure);

/*
 * Why capabilities of `want_mask` are not the program's: each that is not permitted stands in permitted of one rule, and
 * what is permitted but not effective in effective of exec-not-effective. Returns as
 * ck_exec_call; of an exec that fails with -EPERM the losses are filled in, too, with those whose absence makes it fail.
 */
int ck_exec_explain(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_file *file,
                    uint64_t want_mask, struct ck_losses *ret_losses);
