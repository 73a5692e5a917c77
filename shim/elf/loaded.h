#pragma once
/* What ld.so has mapped: one loaded object, as dl_iterate_phdr(3) shows it, and what its dynamic section says (elf(5)). */
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ck_loaded_table {
    uintptr_t start;
    size_t size; /* 0 where there is none */
    size_t entry_size;
};

struct ck_loaded {
    const struct dl_phdr_info *info;
    const char *strings;
    const ElfW(Sym) * symbols;
    const ElfW(Half) * versions; /* one for each symbol; NULL where none has a version */
    const uint32_t *hash;        /* DT_GNU_HASH; NULL where there is only the older DT_HASH */
    struct ck_loaded_table plt;
    struct ck_loaded_table rel;
    struct ck_loaded_table rela;
};

/* Whether `place` lies in one of the object's segments. */
bool ck_loaded_contains(const struct dl_phdr_info *info, uintptr_t place);

/* Returns false where the object has no dynamic section, or none that names anything. */
bool ck_loaded_read(const struct dl_phdr_info *info, struct ck_loaded *ret_loaded);

/* The dynamic section itself; NULL where there is none. */
const ElfW(Dyn) * ck_loaded_dynamic(const struct dl_phdr_info *info);

/* Of a symbol's name, for the function below. */
static inline uint32_t ck_loaded_hash(const char *name)
{
    uint32_t hash = 5381;

    while (*name != '\0')
        hash = hash * 33 + (unsigned char)*name++;
    return hash;
}

/*
 * What the object defines under this name, in the version that a program gets which asks for none; NULL for nothing.
 * The object has to have a `hash`.
 */
const ElfW(Sym) * ck_loaded_find(const struct ck_loaded *loaded, const char *name, uint32_t hash);
