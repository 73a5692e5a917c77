/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The system's accounts and files, for the policy's loader; what was found is not looked up again. */
#include "../core/policy_rule.h"

#define CK_KNOWN_USERS 32U

struct ck_system {
    /* Where the hash of a name leads; the last one of those with the same place is known. */
    struct ck_known_user {
        char name[33]; /* "" for none; longer ones are not remembered */
        uid_t uid;
    } users[CK_KNOWN_USERS];
    /* The last directory, if its name is not long: a policy's paths lie in few of them, and most are no links. */
    char directory[256];     /* its text, "" before the first */
    char resolved[PATH_MAX]; /* what it resolves to */
};

/* Fills `system`, which is to be as long-lived as the resolver. */
struct ck_resolver ck_system_resolver(struct ck_system *system);

/* Of the local accounts the one that was probably meant by `name`, never root; or "". */
void ck_nearest_user(const char *name, char *ret_name, size_t size);
