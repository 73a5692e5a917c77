/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* libcapkeep.so, as `capkeep run` has it preloaded. */
#include <stdbool.h>

/* The path of the library that belongs to this command. */
const char *ck_library_find(void);

/* Whether it is in this very process though nobody asked for it: then /etc/ld.so.preload has it everywhere. */
bool ck_library_is_everywhere(void);

/* Whether ld.so will load it. Returns 0, or -1 with the reason on stderr. */
int ck_library_check(const char *library);
