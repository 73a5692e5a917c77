/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the loaded objects refer to. Looking takes a lock of the loader's: at load, never between fork and exec. */
#include <stdbool.h>

/* Whether something in this process refers to a row of symbols.def, or may look one up. */
bool ck_references_exist(void);
