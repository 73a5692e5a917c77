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
#elif defined(__i386__)
#define NATIVE_MACHINE EM_386
#elif defined(__aarch64__)
#define NATIVE_MACHINE EM_AARCH64
#else
#error "core/elf_head.c: the ELF machine of this architecture is missing"
#endif

/* One program header, whichever class it is of. */
struct segment {
    uint32_t type;
    uint64_t offset;
    uint64_t size;
};

/* Where the program headers are. */
struct table {
    uint64_t offset;
    uint16_t entry_size;
    uint16_t count;
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
        *ret_table = (struct table){header.e_phoff, header.e_phentsize, header.e_phnum};
        return header.e_phentsize == sizeof(Elf64_Phdr);
    }
    Elf32_Ehdr header;
    if (!copy(head, length, 0, &header, sizeof(header)))
        return false;
    elf->machine = header.e_machine;
    *ret_table = (struct table){header.e_phoff, header.e_phentsize, header.e_phnum};
    return header.e_phentsize == sizeof(Elf32_Phdr);
}

static bool read_segment(const char *head, size_t length, bool is_64, uint64_t offset, struct segment *ret_segment)
{
    if (is_64) {
        Elf64_Phdr header;
        if (!copy(head, length, offset, &header, sizeof(header)))
            return false;
        *ret_segment = (struct segment){header.p_type, header.p_offset, header.p_filesz};
        return true;
    }
    Elf32_Phdr header;
    if (!copy(head, length, offset, &header, sizeof(header)))
        return false;
    *ret_segment = (struct segment){header.p_type, header.p_offset, header.p_filesz};
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
    for (unsigned i = 0; i < table.count; i++) {
        if (!read_segment(head, length, elf.is_64, table.offset + (uint64_t)i * table.entry_size, &segment))
            break;
        elf.is_dynamic |= segment.type == PT_INTERP;
        elf.is_go |= segment.type == PT_NOTE && has_go_note(head, length, &segment);
    }
    *ret_elf = elf;
    return 0;
}
