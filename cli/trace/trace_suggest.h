/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The smallest policy that would have helped, from the denials of a trace. */
#include <stdio.h>

#include "../../trace/tell/event.h"

/* Takes note of a denial; of every other event nothing. */
void ck_trace_suggest_note(const struct ck_trace_event *event);

/*
 * Prints a section for each program that was denied something which had been lost on the way to it, and the equal
 * command line for `command`; and what is not asked for, and why; and what was used, of which some may have been missed.
 */
void ck_trace_suggest_print(FILE *out, char *const command[], bool missed_some);
