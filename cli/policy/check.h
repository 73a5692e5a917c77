/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep check`. */
#include "../common/options.h"

enum ck_check_option { CK_CHECK_POLICY = 1, CK_CHECK_STRICT };

extern const struct ck_verb ck_check_table;
