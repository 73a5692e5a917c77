/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What came of a change or an exec, told to the log. */
#include "emit.h"

/* Sends the line, if the log wants it, with the calling thread's name where record->comm is NULL. `fd` is that of ck_emit_open, or -1. */
void ck_tell(const struct ck_log *log, int fd, const struct ck_record *record);
