/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "imports.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../trace/on_demand.h"

#define LIBELF(F)                                                                                                      \
    F(elf_begin)                                                                                                       \
    F(elf_end)                                                                                                         \
    F(elf_getdata)                                                                                                     \
    F(elf_kind)                                                                                                        \
    F(elf_nextscn)                                                                                                     \
    F(elf_rawdata)                                                                                                     \
    F(elf_strptr)                                                                                                      \
    F(elf_version)                                                                                                     \
    F(gelf_getclass)                                                                                                   \
    F(gelf_getdyn)                                                                                                     \
    F(gelf_getshdr)                                                                                                    \
    F(gelf_getsym)
CK_ON_DEMAND(libelf, "libelf.so.1", "explain and run: what a launcher calls", LIBELF)

/* Of programs with more code most have such bytes by chance, and would be read twice. */
enum { CODE_MAX = 128 * 1024 };

static const struct {
    const char *name;
    const char *family;
} symbols[] = {
#define CK_SYMBOL(name, family, need) {#name, #family},
#include "../../shim/symbols.def"
#undef CK_SYMBOL
};

enum { SYMBOL_COUNT = sizeof(symbols) / sizeof(symbols[0]) };

unsigned ck_imports_count(void)
{
    return SYMBOL_COUNT;
}

const char *ck_imports_name(unsigned symbol)
{
    return symbols[symbol].name;
}

uint64_t ck_imports_uid_mask(void)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < SYMBOL_COUNT; i++) {
        /* setfsuid changes no uid in the sense of the contract, but who imports it changes users. */
        if (strcmp(symbols[i].family, "uid") == 0 || strcmp(symbols[i].family, "raw") == 0)
            mask |= UINT64_C(1) << i;
    }
    return mask;
}

static void note_symbol(const char *name, struct ck_imports *imports)
{
    for (unsigned i = 0; i < SYMBOL_COUNT; i++) {
        if (strcmp(name, symbols[i].name) == 0)
            imports->mask |= UINT64_C(1) << i;
    }
    imports->looks_up |= strcmp(name, "dlsym") == 0 || strcmp(name, "dlvsym") == 0;
}

static void read_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct ck_imports *imports)
{
    Elf_Data *data = libelf()->elf_getdata(section, NULL);
    GElf_Sym symbol;

    imports->is_known |= data != NULL;
    for (int i = 0; data != NULL && libelf()->gelf_getsym(data, i, &symbol) != NULL; i++) {
        const char *name = libelf()->elf_strptr(elf, header->sh_link, symbol.st_name);

        if (symbol.st_shndx == SHN_UNDEF && name != NULL)
            note_symbol(name, imports);
    }
}

/* The loader and what glibc and musl consist of. */
static bool is_of_libc(const char *library)
{
    static const char *const parts[] = {"libc.", "libm.",       "libdl.",      "librt.",   "libpthread.",
                                        "ld-",   "libgcc_s.so", "linux-vdso.", "libc.musl"};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strncmp(library, parts[i], strlen(parts[i])) == 0)
            return true;
    }
    return false;
}

static void read_needed(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct ck_imports *imports)
{
    Elf_Data *data = libelf()->elf_getdata(section, NULL);
    GElf_Dyn entry;

    for (int i = 0; data != NULL && libelf()->gelf_getdyn(data, i, &entry) != NULL && entry.d_tag != DT_NULL; i++) {
        const char *name =
            entry.d_tag == DT_NEEDED ? libelf()->elf_strptr(elf, header->sh_link, (size_t)entry.d_un.d_val) : NULL;

        if (name == NULL)
            continue;
        imports->is_libc_alone &= is_of_libc(name);
        if (imports->needed_count < CK_IMPORTS_NEEDED_MAX)
            (void)snprintf(imports->needed[imports->needed_count++], sizeof(imports->needed[0]), "%s",
                           name); /* a cut name still tells */
    }
}

static void read_sections(Elf *elf, struct ck_imports *imports)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while ((section = libelf()->elf_nextscn(elf, section)) != NULL) {
        if (libelf()->gelf_getshdr(section, &header) == NULL)
            continue;
        if (header.sh_type == SHT_DYNSYM)
            read_symbols(elf, section, &header, imports);
        else if (header.sh_type == SHT_DYNAMIC)
            read_needed(elf, section, &header, imports);
    }
}

bool ck_imports_is_raw(const struct ck_imports *imports)
{
    return imports->is_known && imports->is_libc_alone && !imports->looks_up && imports->mask == 0 &&
           imports->has_syscall;
}

#if defined(__aarch64__)
#define SYSCALL_STEP 4U                                                     /* instructions are aligned */
static const unsigned char syscall_codes[][4] = {{0x01, 0x00, 0x00, 0xd4}}; /* svc #0 */
#else
#define SYSCALL_STEP 1U
static const unsigned char syscall_codes[][2] = {
    {0x0f, 0x05}, {0x0f, 0x34}, {0xcd, 0x80}}; /* syscall, of 64 bits; sysenter, int $0x80 */
#endif
#define SYSCALL_SIZE sizeof(syscall_codes[0])

static bool has_code(const unsigned char *bytes, size_t size, const unsigned char code[])
{
    const unsigned char *const end = bytes + size;
    const unsigned char *at = bytes;

    while ((size_t)(end - at) >= SYSCALL_SIZE &&
           (at = memchr(at, code[0], (size_t)(end - at) - SYSCALL_SIZE + 1)) != NULL) {
        if (memcmp(at, code, SYSCALL_SIZE) == 0 && (size_t)(at - bytes) % SYSCALL_STEP == 0)
            return true;
        at++;
    }
    return false;
}

/*
 * The bytes may be there by chance, as a part of something else: then a launcher is supervised that need not be. In all of
 * Debian 13's coreutils are those of int $0x80, which is not how a program of 64 bits makes its calls.
 */
static bool has_syscall(const unsigned char *bytes, size_t size, bool is_64)
{
    const size_t count = is_64 ? 1 : sizeof(syscall_codes) / sizeof(syscall_codes[0]);

    for (size_t i = 0; bytes != NULL && i < count; i++) {
        if (has_code(bytes, size, syscall_codes[i]))
            return true;
    }
    return false;
}

static void read_code(Elf *elf, struct ck_imports *imports)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    while (!imports->has_syscall && (section = libelf()->elf_nextscn(elf, section)) != NULL) {
        if (libelf()->gelf_getshdr(section, &header) == NULL || (header.sh_flags & SHF_EXECINSTR) == 0)
            continue;
        const Elf_Data *code = libelf()->elf_rawdata(section, NULL);
        imports->has_syscall =
            code != NULL && has_syscall(code->d_buf, code->d_size, libelf()->gelf_getclass(elf) == ELFCLASS64);
    }
}

static bool may_have_syscall(int fd, struct ck_elf_place code, bool is_64)
{
    size_t size = (size_t)code.size;
    unsigned char *bytes = malloc(size);
    bool is_read = bytes != NULL && pread(fd, bytes, size, (off_t)code.offset) == (ssize_t)size;
    bool may = !is_read || has_syscall(bytes, size, is_64);

    free(bytes);
    return may;
}

bool ck_imports_may_be_raw(const char *path, struct ck_elf_place code, bool is_64)
{
    if (code.size == 0 || code.size > CODE_MAX)
        return true;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return true;
    bool may = may_have_syscall(fd, code, is_64);
    (void)close(fd); /* read only: nothing is lost with it */
    return may;
}

int ck_imports_read(const char *path, struct ck_imports *ret_imports)
{
    struct ck_imports imports = {.is_libc_alone = true};

    *ret_imports = (struct ck_imports){0};
    if (libelf()->elf_version(EV_CURRENT) == EV_NONE)
        return -ENOSYS;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    Elf *elf = libelf()->elf_begin(fd, ELF_C_READ, NULL);
    bool is_elf = elf != NULL && libelf()->elf_kind(elf) == ELF_K_ELF;
    if (is_elf)
        read_sections(elf, &imports);
    if (is_elf && imports.mask == 0)
        read_code(elf, &imports);
    if (elf != NULL)
        (void)libelf()->elf_end(elf); /* read only: nothing is lost with it */
    (void)close(fd);                  /* as above */
    if (!is_elf)
        return -ENOEXEC;
    *ret_imports = imports;
    return 0;
}
