/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * CLONE_UNTRACED keeps a tracer from following what is made (clone(2)): a launcher could leave root unseen. The flag means
 * nothing else, so it is taken out for the length of the call, and nobody but the kernel sees that.
 */
#include "tracer.h"

/* At the entry of clone or clone3. */
void ck_untraced_clear(struct ck_tracee *tracee);

/* When it has been done, or has failed. */
void ck_untraced_restore(struct ck_tracee *tracee);
