/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A traced program that is a tracer itself: strace, gdb, proot. What it starts is ours already, and a process has one. */
#include "tracer.h"

/* After a call of ptrace(2): whether it has failed because its target is traced by us. */
bool ck_rival_was_refused(const struct ck_tracee *tracee);
