/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Entering a user namespace (kernel/user_namespace.c): the sets and securebits start afresh, the ids stay and are only
 * seen by other numbers. clone(2) with CLONE_NEWUSER gives its child what unshare gives its caller. Limits that lie
 * outside of the thread (sysctls, memory) are not modelled. Return 0 or -errno.
 */
#include "creds.h"
#include "kernel.h"

/* unshare(CLONE_NEWUSER). The new namespace, still without maps, is `ret_userns`, and `ret_outcome` points to it. */
int ck_userns_unshare(const struct ck_kernel *kernel, const struct ck_thread *before, struct ck_userns *ret_userns,
                      struct ck_outcome *ret_outcome);

/* setns(2) with a descriptor of `userns`; two namespaces are the same if they are the same object. */
int ck_userns_setns(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_userns *userns,
                    struct ck_outcome *ret_outcome);
