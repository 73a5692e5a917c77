/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "real.h"

#include <string.h>

#include "../elf/references.h"

#define NAME_SIZE 27

/* A name that is cut short is none of the C library's, and the library would leave every process alone. */
#define CK_REAL(name, is_optional) _Static_assert(sizeof(#name) <= NAME_SIZE, #name " does not fit");
#define CK_SYMBOL(name, family, need) CK_REAL_##need(name)
#include "../symbols.def"
CK_IMPORTS
#undef CK_SYMBOL
#undef CK_REAL

/* Arrays, not pointers: the table needs no relocation. In the order of struct ck_real_calls. */
static const struct {
    bool is_optional;
    char name[NAME_SIZE];
    char version[12]; /* empty for the newest */
} names[] = {
#define CK_REAL(name, is_optional) {is_optional, #name, ""},
#define CK_SYMBOL(name, family, need) CK_REAL_##need(name)
#define CK_OLD(name, version) {true, #name, version},
#include "../symbols.def"
    CK_IMPORTS CK_OLD_SYMBOLS
#undef CK_SYMBOL
#undef CK_REAL
#undef CK_OLD
};

enum { COUNT = sizeof(names) / sizeof(names[0]) };

_Static_assert(sizeof(struct ck_real_calls) == COUNT * sizeof(void *),
               "struct ck_real_calls and the names are of the same length");
_Static_assert(sizeof(struct ck_real_calls) <= sizeof(ck_sealed.state.real), "CK_REAL_MAX is too small");

/* The library's own, for all of its calls, and not for those of others. */
__attribute__((visibility("hidden"))) void __stack_chk_fail(void)
{
    if (ck_real.__stack_chk_fail != NULL)
        ck_real.__stack_chk_fail();
    __builtin_trap(); /* the C library's does not return */
}

void *ck_entry_look_up(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Returns whether the C library behind this one has all that is required. What stands in the table does not change. */
static bool look_up(void)
{
    void **pointers = ck_sealed.state.real;
    /* By name, as musl has none. */
    void *(*look_up_version)(void *, const char *, const char *) = dlsym(RTLD_NEXT, "dlvsym");
    bool has_all = true;

    for (size_t i = 0; i < COUNT; i++) {
        if (names[i].version[0] == '\0')
            pointers[i] = dlsym(RTLD_NEXT, names[i].name);
        else if (look_up_version != NULL)
            pointers[i] = look_up_version(RTLD_NEXT, names[i].name, names[i].version);
        has_all &= pointers[i] != NULL || names[i].is_optional;
    }
    return has_all;
}

/* As the loader names it. */
static const char *own_file(void)
{
    Dl_info info;

    return dladdr(&ck_sealed, &info) != 0 ? info.dli_fname : NULL;
}

void ck_entry_start(void)
{
    struct ck_start start = {.is_wanted = true};

    if (__atomic_load_n(&ck_progress.looked_up, __ATOMIC_ACQUIRE))
        return;
    /* Most often it is not there. In glibc the next look-up that succeeds forgets that, and dlerror has nothing to format. */
    start.is_command = dlsym(RTLD_DEFAULT, "capkeep_command") != NULL;
    bool has_all = look_up();
    start.glibc = ck_real.gnu_get_libc_version != NULL;
    start.library = own_file();
    (void)dlerror(); /* what is not there is not for the host to be told */
    __atomic_store_n(&ck_progress.looked_up, true, __ATOMIC_RELEASE);
    if (has_all)
        ck_init(&start);
}

/*
 * Most programs refer to nothing that is wrapped. There nothing is looked up unless, all the same, a wrapper is called:
 * by a module that the C library has loaded for itself (libnss_systemd calls prctl).
 */
__attribute__((constructor)) static void load(void)
{
    if (ck_references_exist())
        ck_entry_start();
    else
        ck_init(&(struct ck_start){0});
}
