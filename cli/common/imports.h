/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the dynamic part of an ELF file says: which of the calls that the library wraps it takes from others. */
#include <stdbool.h>
#include <stdint.h>

#include "../../shim/core/elf_head.h"

#define CK_IMPORTS_NEEDED_MAX 64U

struct ck_imports {
    bool is_known;      /* there is a dynamic symbol table, and it could be read */
    uint64_t mask;      /* bit N: the wrapped symbol with number N, in the order of symbols.def */
    bool has_syscall;   /* an instruction that makes system calls; looked for where it imports nothing wrapped */
    bool looks_up;      /* it imports dlsym, by which it may get at any function */
    bool is_libc_alone; /* it needs no library but parts of the C library, which make no call by themselves */
    unsigned needed_count;
    char needed[CK_IMPORTS_NEEDED_MAX][64]; /* the first ones; longer names are cut */
};

/* Reads the file. Returns 0, or -errno with nothing known. */
int ck_imports_read(const char *path, struct ck_imports *ret_imports);

/*
 * It takes nothing that is wrapped from anybody, has no means to, and makes system calls by itself: whatever it does as a
 * launcher, a preloaded library does not see.
 */
bool ck_imports_is_raw(const struct ck_imports *imports);

/*
 * Whether the imports of the program whose code is at `code` have to be read to know that. Where the code is so little that it
 * is read at once, and makes no system call by itself, they need not be; it spares most launchers the loading of libelf, which
 * takes as long as all else that is done for them.
 */
bool ck_imports_may_be_raw(const char *path, struct ck_elf_place code, bool is_64);

/* The wrapped symbols: their number, names, and those that change a user ("uid" and syscall(2)). */
unsigned ck_imports_count(void);
const char *ck_imports_name(unsigned symbol);
uint64_t ck_imports_uid_mask(void);
