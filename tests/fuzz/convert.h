/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the three targets of `capkeep convert --from` share. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../cli/convert/convert_from.h"

/*
 * Converts the input as the command does, and holds what comes of it against C9: a rule is for somebody, and where
 * `names_programs` for some program; what was refused gives none. Returns 0.
 */
int fuzz_convert(void (*from)(struct ck_conversion *conversion, const char *file, char *text), bool names_programs,
                 const uint8_t *data, size_t size);
