/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The user namespaces that the cases run in and enter. */
#include "../../model/id_map.h"

enum { COMPARE_USERNS = 6 };

/* As the model sees them; number 0 is the initial one, in which kernel_compare itself is. */
extern const struct ck_userns compare_userns[COMPARE_USERNS];

/* Makes them all and opens a descriptor of each. Returns 0 or -1. */
int compare_userns_open(int ret_fds[COMPARE_USERNS]);
