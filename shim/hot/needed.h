/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Which library a program needs before all others: that lies beyond the head of its file. */
#include "program.h"

/*
 * Whether what ck_program_look has found, of a script the last interpreter, is a dynamic program that stops where another
 * library is loaded before its first one (core/runtime.h). What cannot be read is taken not to be.
 */
bool ck_needed_is_first(const struct ck_program *program, const struct ck_program_texts *texts,
                        const struct ck_file_facts *facts);
