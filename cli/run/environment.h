/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What a launcher gets into its environment, and a program without a library sees of it: what it would have seen (C4). */
#include <stdint.h>

/*
 * Puts `library` into LD_PRELOAD: in front, but behind what has to be first. One that is in there stays where it is and as it
 * is, unless its path is a relative one. As below.
 */
int ck_environment_preload(const char *library);

/* Takes our entry of LD_PRELOAD and every CAPKEEP_ variable out. Returns 0, or -1 with the reason on stderr. */
int ck_environment_strip(void);

/*
 * The same, but with `library` preloaded once more, to lower `lower_mask` when the program has started
 * (Descendants=no). As above.
 */
int ck_environment_lower(const char *library, uint64_t lower_mask);
