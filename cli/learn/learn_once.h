/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What was learned of a single run (--once), in its two forms: result->last is its report. */
#include "learn_result.h"

/* `signal`: it has ended the run. */
void ck_learn_once_text(FILE *out, const struct ck_learn_result *result, int signal);
void ck_learn_once_json(FILE *out, const struct ck_learn_result *result);
