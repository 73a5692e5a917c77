/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What a system call was about, for a person: a path, an address, a process. */
#include "../follow/tracer.h"

/* Two paths, of which no byte is printable. */
#define CK_OBJECT_SIZE (2 * 4 * 4096)

/* At the end of the call; "" where that is nothing to tell. */
void ck_object_tell(const struct ck_tracee *tracee, const char *call, char *ret_text, size_t size);
