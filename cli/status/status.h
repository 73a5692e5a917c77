/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep status`. */
#include "../common/options.h"

enum ck_status_option { CK_STATUS_ALL = 1, CK_STATUS_FORMAT, CK_STATUS_USED };

extern const struct ck_verb ck_status_table;
