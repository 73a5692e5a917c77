/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* `capkeep explain --pid`. */
#include "../../model/kernel.h"
#include "explain_options.h"

/* Returns the exit status. */
int ck_explain_process(const struct ck_explain_options *options, const struct ck_kernel *kernel);
