/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Names of accounts. Each is asked for once. */
#include <sys/types.h>

/*
 * From now on from /etc/passwd alone: where something is traced, a name service that is asked may be the very process
 * that stands still until we have an answer.
 */
void ck_users_ask_nobody(void);

/* Returns NULL for an id that has no name, or none there. */
const char *ck_users_name(uid_t uid);
