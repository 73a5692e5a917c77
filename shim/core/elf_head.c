/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "elf_head.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_DATA ELFDATA2LSB
#else
#define NATIVE_DATA ELFDATA2MSB
#endif

#if defined(__x86_64__)
#define NATIVE_MACHINE EM_X86_64
#define OTHER_MACHINE EM_386
#elif defined(__i386__)
#define NATIVE_MACHINE EM_386
#define OTHER_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#define OTHER_MACHINE EM_ARM
#else
#error "core/elf_head.c: the ELF machine of this architecture is missing"
#endif

/* One program header, whichever class it is of. */
struct segment {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t size;
    uint64_t address;
};

/* Where the program headers are. */
struct table {
    uint64_t offset;
    uint16_t entry_size;
    uint16_t count;
    uint16_t type; /* of the file: ET_… */
};

/* Copies `size` bytes at `offset`, if they are all there: the head need not be aligned for a structure. */
static bool copy(const char *head, size_t length, uint64_t offset, void *ret_data, size_t size)
{
    if (offset > length || size > length - offset)
        return false;
    memcpy(ret_data, head + offset, size);
    return true;
}

static bool read_header(const char *head, size_t length, struct ck_elf_head *elf, struct table *ret_table)
{
    if (elf->is_64) {
        Elf64_Ehdr header;
        if (!copy(head, length, 0, &header, sizeof(header)))
            return false;
        elf->machine = header.e_machine;
        *ret_table = (struct table){header.e_phoff, header.e_phentsize, header.e_phnum, header.e_type};
        return header.e_phentsize == sizeof(Elf64_Phdr);
    }
    Elf32_Ehdr header;
    if (!copy(head, length, 0, &header, sizeof(header)))
        return false;
    elf->machine = header.e_machine;
    *ret_table = (struct table){header.e_phoff, header.e_phentsize, header.e_phnum, header.e_type};
    return header.e_phentsize == sizeof(Elf32_Phdr);
}

static bool read_segment(const char *head, size_t length, bool is_64, uint64_t offset, struct segment *ret_segment)
{
    if (is_64) {
        Elf64_Phdr header;
        if (!copy(head, length, offset, &header, sizeof(header)))
            return false;
        *ret_segment =
            (struct segment){header.p_type, header.p_flags, header.p_offset, header.p_filesz, header.p_vaddr};
        return true;
    }
    Elf32_Phdr header;
    if (!copy(head, length, offset, &header, sizeof(header)))
        return false;
    *ret_segment = (struct segment){header.p_type, header.p_flags, header.p_offset, header.p_filesz, header.p_vaddr};
    return true;
}

/* Notes are padded to four bytes here; those padded to eight are GNU properties, of which none is Go's. */
static uint64_t padded(uint32_t size)
{
    return ((uint64_t)size + 3) & ~UINT64_C(3);
}

static bool has_go_note(const char *head, size_t length, const struct segment *notes)
{
    static const char go[4] = "Go";
    uint64_t end = notes->size > length ? length : notes->offset + notes->size;
    uint64_t at = notes->offset;
    Elf32_Nhdr note; /* the same in both classes */
    char name[sizeof(go)];

    while (at < end && copy(head, length, at, &note, sizeof(note))) {
        if (note.n_namesz == sizeof(go) && copy(head, length, at + sizeof(note), name, sizeof(name)) &&
            memcmp(name, go, sizeof(go)) == 0)
            return true;
        at += sizeof(note) + padded(note.n_namesz) + padded(note.n_descsz);
    }
    return false;
}

static uint16_t find_loader(const char *head, size_t length, const struct segment *segment)
{
    bool is_there = segment->offset < length && segment->size > 0 && segment->size <= length - segment->offset &&
                    head[segment->offset + segment->size - 1] == '\0';

    return is_there ? (uint16_t)segment->offset : 0; /* the head is shorter than that */
}

int ck_elf_head_read(const char *head, size_t length, struct ck_elf_head *ret_elf)
{
    struct ck_elf_head elf = {0};
    struct table table;
    struct segment segment;

    if (length < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG) != 0)
        return -ENOEXEC;
    elf.is_64 = head[EI_CLASS] == ELFCLASS64;
    /* Another byte order is another machine, whatever its number reads as here. */
    if (head[EI_DATA] != NATIVE_DATA || (!elf.is_64 && head[EI_CLASS] != ELFCLASS32)) {
        *ret_elf = elf;
        return 0;
    }
    if (!read_header(head, length, &elf, &table))
        return -ENOEXEC;
    elf.is_native = elf.machine == NATIVE_MACHINE && elf.is_64 == (sizeof(void *) == 8);
    elf.is_program = (elf.machine == NATIVE_MACHINE || elf.machine == OTHER_MACHINE) && table.count > 0 &&
                     (table.type == ET_EXEC || table.type == ET_DYN);
    for (unsigned i = 0; i < table.count; i++) {
        if (!read_segment(head, length, elf.is_64, table.offset + (uint64_t)i * table.entry_size, &segment)) {
            /* Beyond the head there may be more of the file. */
            elf.is_program &= length >= CK_ELF_HEAD_MAX;
            break;
        }
        elf.is_dynamic |= segment.type == PT_INTERP;
        if (segment.type == PT_INTERP)
            elf.loader = find_loader(head, length, &segment);
        elf.is_go |= segment.type == PT_NOTE && has_go_note(head, length, &segment);
    }
    *ret_elf = elf;
    return 0;
}

/* The first segment of that type which contains the address; any, where `address` is NULL. */
static bool find_segment(const char *head, size_t length, const struct ck_elf_head *elf, uint32_t type,
                         const uint64_t *address, struct segment *ret_segment)
{
    struct ck_elf_head again = *elf;
    struct table table;

    if (!read_header(head, length, &again, &table))
        return false;
    for (unsigned i = 0; i < table.count; i++) {
        if (!read_segment(head, length, elf->is_64, table.offset + (uint64_t)i * table.entry_size, ret_segment))
            return false;
        if (ret_segment->type == type && (address == NULL || (*address >= ret_segment->address &&
                                                              *address - ret_segment->address < ret_segment->size)))
            return true;
    }
    return false;
}

struct ck_elf_place ck_elf_dynamic(const char *head, size_t length, const struct ck_elf_head *elf)
{
    struct segment segment;

    if (!find_segment(head, length, elf, PT_DYNAMIC, NULL, &segment))
        return (struct ck_elf_place){0};
    return (struct ck_elf_place){segment.offset, segment.size};
}

struct ck_elf_place ck_elf_code(const char *head, size_t length, const struct ck_elf_head *elf)
{
    struct ck_elf_place code = {0};
    struct ck_elf_head again = *elf;
    struct table table;
    struct segment segment;

    if (!read_header(head, length, &again, &table))
        return (struct ck_elf_place){0};
    for (unsigned i = 0; i < table.count; i++) {
        bool is_read = read_segment(head, length, elf->is_64, table.offset + (uint64_t)i * table.entry_size, &segment);
        bool is_code = is_read && segment.type == PT_LOAD && (segment.flags & PF_X) != 0;

        if (!is_read || (is_code && code.size != 0))
            return (struct ck_elf_place){0};
        if (is_code)
            code = (struct ck_elf_place){segment.offset, segment.size};
    }
    return code;
}

static bool read_entry(const char *bytes, size_t length, bool is_64, size_t at, int64_t *ret_tag, uint64_t *ret_value)
{
    Elf64_Dyn wide;
    Elf32_Dyn narrow;

    if (is_64) {
        if (!copy(bytes, length, at, &wide, sizeof(wide)))
            return false;
        *ret_tag = wide.d_tag;
        *ret_value = wide.d_un.d_val;
        return true;
    }
    if (!copy(bytes, length, at, &narrow, sizeof(narrow)))
        return false;
    *ret_tag = narrow.d_tag;
    *ret_value = narrow.d_un.d_val;
    return true;
}

bool ck_elf_needed_read(const char *bytes, size_t length, bool is_64, struct ck_elf_needed *needed)
{
    size_t size = is_64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    int64_t tag = DT_NULL;
    uint64_t value;

    for (size_t at = 0; read_entry(bytes, length, is_64, at, &tag, &value) && tag != DT_NULL; at += size) {
        if (tag == DT_NEEDED && !needed->has_name) {
            needed->has_name = true;
            needed->name = value;
        } else if (tag == DT_STRTAB) {
            needed->has_strings = true;
            needed->strings = value;
        }
    }
    return tag != DT_NULL && !(needed->has_name && needed->has_strings);
}

struct ck_elf_place ck_elf_needed_name(const char *head, size_t length, const struct ck_elf_head *elf,
                                       const struct ck_elf_needed *needed)
{
    uint64_t address = needed->strings + needed->name;
    struct segment segment;

    if (!needed->has_name || !needed->has_strings || address < needed->strings ||
        !find_segment(head, length, elf, PT_LOAD, &address, &segment))
        return (struct ck_elf_place){0};
    uint64_t into = address - segment.address;
    return (struct ck_elf_place){segment.offset + into, segment.size - into};
}
