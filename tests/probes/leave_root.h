/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Of the module. */
int leave_root(void);
const char *module_says(void);

/* Of its library; the program has a function with the second name, too. */
int leave_root_by_library(void);
const char *who_am_i(void);
