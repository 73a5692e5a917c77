#include "loaded.h"

#include <string.h>

bool ck_loaded_contains(const struct dl_phdr_info *info, uintptr_t place)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && place - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return true;
    }
    return false;
}

/* glibc has made these addresses absolute when it loaded the object, but for those of the vDSO; musl has not. */
static uintptr_t absolute(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return ck_loaded_contains(info, address) ? address : info->dlpi_addr + address;
}

const ElfW(Dyn) * ck_loaded_dynamic(const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    return NULL;
}

bool ck_loaded_read(const struct dl_phdr_info *info, struct ck_loaded *ret_loaded)
{
    ElfW(Addr) values[DT_JMPREL + 1] = {0}; /* of the tags up to this one, of which 0 is the end */
    ElfW(Addr) hash = 0;
    ElfW(Addr) versions = 0;

    for (const ElfW(Dyn) *dynamic = ck_loaded_dynamic(info); dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++) {
        if ((size_t)dynamic->d_tag <= DT_JMPREL)
            values[dynamic->d_tag] = dynamic->d_un.d_val;
        else if (dynamic->d_tag == DT_GNU_HASH)
            hash = dynamic->d_un.d_ptr;
        else if (dynamic->d_tag == DT_VERSYM)
            versions = dynamic->d_un.d_ptr;
    }
    if (values[DT_STRTAB] == 0 || values[DT_SYMTAB] == 0)
        return false;
    size_t plt_entry = values[DT_PLTREL] == DT_RELA ? sizeof(ElfW(Rela)) : sizeof(ElfW(Rel));
    *ret_loaded = (struct ck_loaded){
        .info = info,
        .strings = (const char *)absolute(info, values[DT_STRTAB]),
        .symbols = (const ElfW(Sym) *)absolute(info, values[DT_SYMTAB]),
        .versions = versions != 0 ? (const ElfW(Half) *)absolute(info, versions) : NULL,
        .hash = hash != 0 ? (const uint32_t *)absolute(info, hash) : NULL,
        .plt = {absolute(info, values[DT_JMPREL]), values[DT_PLTRELSZ], plt_entry},
        .rel = {absolute(info, values[DT_REL]), values[DT_RELSZ], sizeof(ElfW(Rel))},
        .rela = {absolute(info, values[DT_RELA]), values[DT_RELASZ], sizeof(ElfW(Rela))},
    };
    return true;
}

/* A version with this bit is for programs that were linked when it was the newest (symbol@VERSION). */
#define HIDDEN_VERSION 0x8000U

static bool is_wanted(const struct ck_loaded *loaded, uint32_t index, const char *name)
{
    const ElfW(Sym) *symbol = &loaded->symbols[index];

    return symbol->st_shndx != SHN_UNDEF && strcmp(loaded->strings + symbol->st_name, name) == 0 &&
           (loaded->versions == NULL || (loaded->versions[index] & HIDDEN_VERSION) == 0);
}

/*
 * The table is: how many buckets, the index of the first symbol in it, how many words its Bloom filter has, how far the
 * filter shifts; the filter, which would only save a look at the bucket, the buckets, and for each symbol its hash, of
 * which the lowest bit ends a bucket's chain.
 */
const ElfW(Sym) * ck_loaded_find(const struct ck_loaded *loaded, const char *name, uint32_t hash)
{
    const uint32_t bucket_count = loaded->hash[0];
    const uint32_t first = loaded->hash[1];
    const uint32_t *buckets = (const uint32_t *)((const ElfW(Addr) *)(loaded->hash + 4) + loaded->hash[2]);
    const uint32_t *chains = buckets + bucket_count;

    /* An empty table is one that ld.so passes over, too (do_lookup_x). */
    if (bucket_count == 0)
        return NULL;
    uint32_t index = buckets[hash % bucket_count];
    if (index < first)
        return NULL;
    for (;; index++) {
        uint32_t chain = chains[index - first];

        if ((chain | 1) == (hash | 1) && is_wanted(loaded, index, name))
            return &loaded->symbols[index];
        if ((chain & 1) != 0)
            return NULL;
    }
}
