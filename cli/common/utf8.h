/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
#include <stdbool.h>

/* Whether all of `text` is well-formed UTF-8 (RFC 3629). */
bool ck_utf8_is(const char *text);
