/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep convert`. */
#include "../common/options.h"

enum ck_convert_option { CK_CONVERT_FROM = 1, CK_CONVERT_TO, CK_CONVERT_POLICY };

/* What --from and --to name: the places of the words in the table, and of the functions that do it. */
enum ck_convert_source { CK_FROM_SYSTEMD, CK_FROM_PAM_CAP, CK_FROM_OPENRC };
enum ck_convert_target { CK_TO_SETPRIV, CK_TO_SYSTEMD, CK_TO_PAM_CAP, CK_TO_DROPIN };

extern const struct ck_verb ck_convert_table;
