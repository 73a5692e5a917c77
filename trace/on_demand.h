/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Libraries that some verbs need, loaded by those. Linked, the three of them take a quarter of a millisecond of each start:
 * an eighth of all that `capkeep run -u` takes, which would be slower than setpriv then. Include this behind the library's
 * own header, which has the functions' types.
 */
#include <stddef.h>
#include <stdint.h>

/*
 * Loads `library` (its soname, as for dlopen(3)) and looks `names` up, unless that has been done. Where one of them is
 * not there the command ends, with status 125 and the reason.
 */
void ck_on_demand(const char *library, const char *const *names, void **pointers, size_t count);

#define CK_ON_DEMAND_FIELD(name) __typeof__(&name) name;
#define CK_ON_DEMAND_NAME(name) #name,

/* For packagers, in the file itself: https://systemd.io/ELF_DLOPEN_METADATA/. `readelf -p .note.dlopen` shows it. */
#define CK_ON_DEMAND_NOTE(loader, library, purpose)                                                                    \
    "[{\"soname\":[\"" library "\"],\"feature\":\"" #loader "\",\"description\":\"" purpose                            \
    "\",\"priority\":\"required\"}]"

struct ck_on_demand_note_head {
    uint32_t name_size;
    uint32_t text_size;
    uint32_t type;
    char name[4];
};

#define CK_ON_DEMAND_NOTE_TYPE 0x407c0c0aU

/*
 * Defines `loader`, which returns a table of FUNCTIONS(F): F(NAME) for each function of the library that is called; and
 * the note that the library is needed for `purpose`.
 */
#define CK_ON_DEMAND(loader, library, purpose, FUNCTIONS)                                                              \
    __attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {                                   \
        struct ck_on_demand_note_head head;                                                                            \
        char text[sizeof(CK_ON_DEMAND_NOTE(loader, library, purpose))];                                                \
    } loader##_note = {                                                                                                \
        {4, sizeof(CK_ON_DEMAND_NOTE(loader, library, purpose)), CK_ON_DEMAND_NOTE_TYPE, "FDO"},                       \
        CK_ON_DEMAND_NOTE(loader, library, purpose),                                                                   \
    };                                                                                                                 \
    struct loader##_calls {                                                                                            \
        FUNCTIONS(CK_ON_DEMAND_FIELD)                                                                                  \
    };                                                                                                                 \
    static const struct loader##_calls *loader(void)                                                                   \
    {                                                                                                                  \
        static const char *const names[] = {FUNCTIONS(CK_ON_DEMAND_NAME)};                                             \
        static struct loader##_calls calls;                                                                            \
        ck_on_demand(library, names, (void **)&calls, sizeof(names) / sizeof(names[0]));                               \
        return &calls;                                                                                                 \
    }
