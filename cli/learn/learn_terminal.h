/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The terminal, which a single run may need: a person is asked something, and it cannot be asked again. */
#include <stdbool.h>

/* Whether it is ours to lend: standard input, and we are in its foreground. */
bool ck_learn_terminal_is_ours(void);

/* Puts the calling process's group into its foreground, from wherever that is. */
void ck_learn_terminal_take(void);
