/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Capabilities that are root by another name. */

/* Why, in half a line to follow "cap_x amounts to root: "; NULL for one that does not. */
const char *ck_rootlike_why(unsigned cap);
