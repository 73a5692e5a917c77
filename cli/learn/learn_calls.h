/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The calls of a run in its report, each kind once. */
#include "learn_report.h"

/* At the end of a call: what the kernel was asked for in it, and what was made of it. */
void ck_learn_calls_note(struct ck_learn_report *report, const struct ck_tracee *tracee, const struct ck_checks *checks,
                         enum ck_once_word made);
