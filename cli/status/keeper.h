/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Who keeps the capabilities of a process. Once a program has started nothing of the library's is left in it. */
#include "origin.h"

enum ck_keeper_kind {
    CK_KEEPER_NOTHING,    /* there is nothing that would be kept */
    CK_KEEPER_LIBRARY,    /* the library is in it */
    CK_KEEPER_SUPERVISOR, /* it is traced by `capkeep run` */
    CK_KEEPER_BELOW,      /* it was started below a process of one of these two kinds, which is still there */
    CK_KEEPER_FILE,       /* its file has capabilities */
    CK_KEEPER_UNKNOWN,    /* nobody that is still to be seen: a launcher that is gone, setpriv, a service manager */
    CK_KEEPER_HIDDEN,     /* /proc does not show it to us */
};

struct ck_keeper {
    enum ck_keeper_kind kind;
    pid_t pid;               /* of the supervisor, or of the process that it is below; else 0 */
    char comm[64];           /* of that one, where it is below it */
    struct ck_origin origin; /* of a library or a supervisor */
};

void ck_keeper_find(const struct ck_proc *proc, struct ck_keeper *ret_keeper);

/* "library", "supervisor", "below", "file", "unknown", "nothing"; NULL for what is hidden. */
const char *ck_keeper_word(const struct ck_keeper *keeper);
