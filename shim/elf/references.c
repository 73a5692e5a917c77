/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "references.h"

#include <link.h>
#include <stdint.h>
#include <string.h>

#if UINTPTR_MAX == UINT64_MAX
#define SYMBOL_OF(info) ELF64_R_SYM(info)
#else
#define SYMBOL_OF(info) ELF32_R_SYM(info)
#endif

/* The rows, and the two roads to them that lead past every reference. */
static const char names[][16] = {
#define CK_SYMBOL(name, family, need) #name,
#include "../symbols.def"
#undef CK_SYMBOL
    "dlsym",
    "dlvsym",
};

enum { COUNT = sizeof(names) / sizeof(names[0]) };

/* What the dynamic section of an object says (elf(5)): the values of the tags up to this one, of which 0 is the end. */
struct object {
    ElfW(Addr) values[DT_JMPREL + 1];
    ElfW(Addr) bias; /* of the addresses among them */
    size_t relative_count;
};

/* For each second letter of a name the first ones, as bits: most names begin with no two letters that one of ours does. */
struct beginnings {
    uint32_t firsts[32];
};

static bool is_one(const struct beginnings *ours, const char *name)
{
    if ((ours->firsts[name[1] & 31] >> (name[0] & 31) & 1) == 0)
        return false;
    for (size_t i = 0; i < COUNT; i++) {
        if (names[i][0] == name[0] && strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static bool contains(const struct dl_phdr_info *info, uintptr_t place)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && place - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return true;
    }
    return false;
}

static void read_object(const struct dl_phdr_info *info, struct object *object)
{
    const ElfW(Dyn) *dynamic = NULL;

    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            dynamic = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
        if ((size_t)dynamic->d_tag <= DT_JMPREL)
            object->values[dynamic->d_tag] = dynamic->d_un.d_val;
        else if (dynamic->d_tag == DT_RELACOUNT || dynamic->d_tag == DT_RELCOUNT)
            object->relative_count = dynamic->d_un.d_val;
    }
    /* glibc has made the addresses absolute when it loaded the object, but for those of the vDSO; musl has not. */
    object->bias = contains(info, object->values[DT_STRTAB]) ? 0 : info->dlpi_addr;
}

/*
 * Of the table at the tag `table`, of so many bytes as the tag `size` says. Relocations with and without an addend both
 * begin with r_offset and r_info; one that names nothing has the symbol 0, of which the name is empty.
 */
static bool names_one(const struct object *object, const struct beginnings *ours, int table, int size,
                      size_t entry_size, size_t skipped)
{
    const char *strings = (const char *)(object->values[DT_STRTAB] + object->bias);
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)(object->values[DT_SYMTAB] + object->bias);
    const char *start = (const char *)(object->values[table] + object->bias);
    const char *end = start + object->values[size];

    for (const char *at = start + skipped * entry_size; at < end; at += entry_size) {
        const char *name = strings + symbols[SYMBOL_OF(((const ElfW(Rel) *)at)->r_info)].st_name;

        if (is_one(ours, name))
            return true;
    }
    return false;
}

/*
 * By its name, of glibc, musl or Alpine's musl: a function of it may be the program's own, or have its address in a program
 * at a fixed place.
 */
static bool is_c_library(const struct object *object)
{
    const char *strings = (const char *)(object->values[DT_STRTAB] + object->bias);
    const char *name = strings + object->values[DT_SONAME]; /* without one, the empty one */

    return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc.musl-", 10) == 0;
}

static int look_in(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct beginnings *ours = context;
    struct object object = {0};

    (void)size;                           /* both C libraries have the fields */
    if (contains(info, (uintptr_t)names)) /* our own */
        return 0;
    read_object(info, &object);
    /* It calls its own functions without asking for them by name. */
    if (object.values[DT_STRTAB] == 0 || is_c_library(&object))
        return 0;
    return names_one(&object, ours, DT_JMPREL, DT_PLTRELSZ,
                     object.values[DT_PLTREL] == DT_RELA ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel)), 0) ||
           names_one(&object, ours, DT_REL, DT_RELSZ, sizeof(ElfW(Rel)), object.relative_count) ||
           names_one(&object, ours, DT_RELA, DT_RELASZ, sizeof(ElfW(Rela)), object.relative_count);
}

bool ck_references_exist(void)
{
    struct beginnings ours = {0};

    for (size_t i = 0; i < COUNT; i++)
        ours.firsts[names[i][1] & 31] |= UINT32_C(1) << (names[i][0] & 31);
    return dl_iterate_phdr(look_in, &ours) != 0;
}
