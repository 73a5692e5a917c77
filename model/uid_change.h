/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The calls that change user ids (kernel/sys.c). Arguments are the thread's own numbers, as strace shows them;
 * CK_ID_NONE leaves an id as it is. seteuid(3) is setresuid(-1, euid, -1) in glibc and musl. Returns 0 or -errno.
 */
#include "creds.h"
#include "kernel.h"

int ck_uid_change_setuid(const struct ck_thread *before, uid_t uid, struct ck_outcome *ret_outcome);
int ck_uid_change_setreuid(const struct ck_thread *before, uid_t ruid, uid_t euid, struct ck_outcome *ret_outcome);
int ck_uid_change_setresuid(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_uids *uids,
                            struct ck_outcome *ret_outcome);

/* setfsuid(2) always "succeeds" and tells the former id; where the kernel refuses, the outcome is an unchanged thread. */
void ck_uid_change_setfsuid(const struct ck_thread *before, uid_t fsuid, struct ck_outcome *ret_outcome);
