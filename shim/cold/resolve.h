/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The system's accounts and files, for the policy's loader; what was found is not looked up again. */
#include "../core/policy_rule.h"

#define CK_KNOWN_USERS 32U
#define CK_KNOWN_DIRECTORIES 8U

struct ck_system {
    /* Where the hash of a name leads; the last one of those with the same place is known. */
    struct ck_known_user {
        char name[33]; /* "" for none; longer ones are not remembered */
        uid_t uid;
    } users[CK_KNOWN_USERS];
    /* The last directories, if they are not long: a policy's paths lie in few, as do the files that links there lead to. */
    struct ck_known_directory {
        size_t length;  /* of the path; 0 for none */
        char path[120]; /* as it was written */
        size_t resolved_length;
        char resolved[128]; /* with every link followed, and without a slash or a NUL at its end */
    } directories[CK_KNOWN_DIRECTORIES];
    unsigned next_directory; /* the one that is forgotten next, modulo their number */
};

/* Fills `system`, which is to be as long-lived as the resolver. */
struct ck_resolver ck_system_resolver(struct ck_system *system);

/* Of the local accounts the one that was probably meant by `name`, never root; or "". */
void ck_nearest_user(const char *name, char *ret_name, size_t size);
