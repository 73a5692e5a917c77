/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What would be better than a capability, with the values that count on this machine now. */
#include "../common/account.h"
#include "learn_report.h"

/* `call` is one that needs it, or NULL. Returns false where nothing is known to be better. */
bool ck_learn_advice(unsigned cap, const struct ck_learn_call *call, const struct ck_account *account, char *ret_text,
                     size_t size);
