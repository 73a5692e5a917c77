#pragma once
/* The C library's own functions behind the wrapped symbols, one pointer a row of symbols.def. */
#include <dlfcn.h>
#include <linux/capability.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The C library has it, but no header of its own names it (capset(2)). */
int capset(cap_user_header_t header, const cap_user_data_t data);

struct ck_real {
#define CK_SYMBOL(name, family, need) __typeof__(&name) name;
#include "../symbols.def"
#undef CK_SYMBOL
};

/* Read only after the constructor. */
extern union ck_real_page {
    struct ck_real real;
    char room[64 * 1024];
} ck_real_page;

#define ck_real (ck_real_page.real)

/*
 * The constructor: fills the table, loads the policy, seals both. Idempotent, and called by the first wrapper where a
 * dependency's constructor comes before ours.
 */
void ck_entry_start(void);
