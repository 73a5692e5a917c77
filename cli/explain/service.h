/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* How a launcher can be served: what its file tells, and which methods of `capkeep run` fit. */
#include "../common/executable.h"
#include "../common/imports.h"

enum {
    CK_SERVICE_PRELOAD = 1, /* --method=auto, which is --method=preload here */
    CK_SERVICE_PTRACE = 2,  /* --method=ptrace, which --method=auto is where the file tells that it is out of reach */
    CK_SERVICE_USER = 4,    /* capkeep run -u in its place */
    CK_SERVICE_SECUREBITS = 8, /* --method=securebits, if it does nothing but drop and execute */
};

struct ck_service {
    const struct ck_executable *executable;
    bool is_script;
    enum ck_reach reach;
    bool is_secure_for_users; /* started by another user, it would be out of reach (AT_SECURE) */
    struct ck_imports imports;
    /*
     * In reach, but of the calls that change a user it imports none, nor the means to find one, and it needs no other
     * library that could make them: what it does by itself is not seen. What it executes is.
     */
    bool is_unseen;
    bool is_watched; /* fapolicyd(8) runs, which may refuse what has LD_PRELOAD in its environment */
    unsigned methods;
};

/* Looks at a launcher that `from` would start. */
void ck_service_look(const struct ck_executable *executable, const struct ck_thread *from,
                     const struct ck_kernel *kernel, struct ck_service *ret_service);

/* Whether the library sees its changes of user, as far as its file tells. */
bool ck_service_is_served(const struct ck_service *service);

/* "yes", "static", "go", "secure", "foreign" or "unseen"; and half a line on it, to follow its path. */
const char *ck_service_word(const struct ck_service *service);
const char *ck_service_text(const struct ck_service *service);

/* The method with that bit, as it is written on the command line. */
const char *ck_service_method(unsigned method);
