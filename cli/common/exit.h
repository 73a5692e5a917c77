/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Exit statuses as env(1) and timeout(1) have them. */
enum { CK_EXIT_FAILED = 125, CK_EXIT_NOT_EXECUTABLE = 126, CK_EXIT_NOT_FOUND = 127 };

/* "capkeep: VERB: …" on standard error. Returns CK_EXIT_FAILED. */
int ck_fail(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was just allocated. Where that is NULL the process ends with CK_EXIT_FAILED: half an answer is worse than none. */
void *ck_memory(void *pointer);
