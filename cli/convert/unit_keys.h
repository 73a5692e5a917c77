/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the keys of a [Service] section have to do with a rule, for each that systemd 252 to 257 know. */
#include <stdint.h>

enum ck_unit_kind {
    CK_UNIT_UNKNOWN,
    CK_UNIT_PLAIN,         /* nothing */
    CK_UNIT_USER,          /* User= */
    CK_UNIT_COMMAND,       /* ExecStart= */
    CK_UNIT_OTHER_COMMAND, /* another command: it has the unit's capabilities as well */
    CK_UNIT_AMBIENT,
    CK_UNIT_BOUNDING,
    CK_UNIT_NO_NEW_PRIVS,
    CK_UNIT_HARDENING,       /* yes or no: takes capabilities away, and sets no_new_privs where there is a User= */
    CK_UNIT_HARDENING_VALUE, /* the same, with another value than yes */
    CK_UNIT_SANDBOX,         /* what a launcher would have to do by itself */
    CK_UNIT_BIND,            /* the same, but where another file comes to lie at a path */
    CK_UNIT_REFUSED,         /* changes whom or what a rule would be for, or what its capabilities are good for */
};

struct ck_unit_key {
    const char *name; /* with "*" behind it: all that begin so and have no row of their own; NULL in a list of names */
    enum ck_unit_kind kind;
    uint64_t unbound_mask;   /* of CK_UNIT_HARDENING: what leaves the bounding set */
    const char *why_refused; /* of CK_UNIT_REFUSED and CK_UNIT_BIND */
};

/* The row that a key belongs to; its kind is CK_UNIT_UNKNOWN where there is none. */
const struct ck_unit_key *ck_unit_key_find(const char *name);
