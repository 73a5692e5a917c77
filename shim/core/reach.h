/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Whether a preloaded library gets into a program and sees its calls. Pure. */
#include "elf_head.h"

enum ck_reach {
    CK_REACH_YES,
    CK_REACH_STATIC,  /* no loader, so no LD_PRELOAD */
    CK_REACH_GO,      /* Go's runtime makes system calls of its own */
    CK_REACH_SECURE,  /* AT_SECURE: the loader ignores LD_PRELOAD */
    CK_REACH_FOREIGN, /* of another architecture, for which there is no library here */
    CK_REACH_RAW,     /* it makes system calls of its own, and takes none from the C library (cli/common/imports) */
    CK_REACH_DECLINED, /* it takes LD_PRELOAD out of its environment and executes itself anew, as often as it is put back */
    CK_REACH_SANITIZED, /* AddressSanitizer's runtime has to be the first library in it */
};

/* Facts about the file to be executed: for a script, its last interpreter's, whose credentials the kernel takes. */
struct ck_file_facts {
    bool is_unseen;     /* not all of it could be looked at, for another reason than the file itself */
    bool is_executable; /* a regular file with an x bit */
    bool has_file_caps; /* the kernel clears ambient (cap_bprm_creds_from_file) */
    bool is_set_id;     /* another uid or gid than the process's: the same */
    bool ids_differ;    /* real and effective, of the process itself: the same, before Linux 6.17 */
    bool is_secure;     /* AT_SECURE to come: ld.so will ignore LD_PRELOAD */
    bool has_elf;
    struct ck_elf_head elf;
};

/*
 * `everywhere`: the library is in /etc/ld.so.preload, which counts for secure programs as well. `has_foreign`: there is
 * a library for the other word size of this machine. What is not known to be out of reach is taken to be in it; never
 * CK_REACH_RAW, CK_REACH_SANITIZED and CK_REACH_DECLINED, for which more has to be looked at.
 */
enum ck_reach ck_reach_of(const struct ck_file_facts *facts, bool everywhere, bool has_foreign);

/* What serves a launcher that is out of reach; and one that has to have its own library first. */
#define CK_REACH_REMEDY "capkeep run --method=ptrace, or capkeep run -u USER in its place"
#define CK_REACH_REMEDY_SANITIZED                                                                                      \
    "its runtime first: LD_PRELOAD=libasan.so.8:libcapkeep.so, or capkeep run --method=ptrace"
const char *ck_reach_remedy(enum ck_reach reach);

/* "static", "go", "secure", "foreign", "raw", "declined", "sanitized"; and half a line on what it means, to follow "the program ". */
const char *ck_reach_word(enum ck_reach reach);
const char *ck_reach_text(enum ck_reach reach);
