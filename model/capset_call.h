/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* capset(2) on the calling thread (cap_capset in security/commoncap.c). */
#include "creds.h"
#include "kernel.h"

/* Permitted, effective and inheritable of `wanted`; its other two are not looked at. Returns 0 or -EPERM. */
int ck_capset_call(const struct ck_kernel *kernel, const struct ck_thread *before, const struct ck_capset *wanted,
                   struct ck_outcome *ret_outcome);
