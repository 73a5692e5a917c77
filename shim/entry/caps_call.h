/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* capset(2) and prctl(2), as called by name or by number: the result and errno are the C library's. */
#include "funnel.h"

int ck_caps_capset(const struct ck_state *state, cap_user_header_t header, const cap_user_data_t data);

/* Whether this option takes capabilities away. */
bool ck_caps_prctl_matters(int option, unsigned long arg2);
int ck_caps_prctl(const struct ck_state *state, int option, unsigned long a, unsigned long b, unsigned long c,
                  unsigned long d);
