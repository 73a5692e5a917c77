/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Sets and flags as people read them. */
#include <sys/types.h>

#include "../../shim/core/text.h"

/*
 * "none"; the names, separated by commas; or, of `all_mask`, which is what the kernel knows, "all 41" or "all 41 but
 * cap_x". What is written as all but some is never longer than what is written out.
 */
void ck_describe_caps(struct ck_text *text, uint64_t mask, uint64_t all_mask);

/* What "all" means everywhere: the capabilities that the running kernel has. */
uint64_t ck_describe_known_caps(void);

/* Securebits by the names that setpriv(1) has for them; "none" for none. */
void ck_describe_securebits(struct ck_text *text, uint32_t securebits);

/* The name of an account, or the number where there is none. */
void ck_describe_user(struct ck_text *text, uid_t uid);
