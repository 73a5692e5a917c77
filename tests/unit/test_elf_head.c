/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the head of an ELF file tells, of real files and of made-up ones. Each head ends where a page without any access
 * begins, so that a byte too many that is read ends the test.
 *
 * test_elf_head DYNAMIC STATIC: a program of each kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../shim/core/elf_head.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SEGMENTS_AT 64U /* in the heads made here; behind either class's header */
#define NOTES_AT 1024U
#define NO_MACHINE 0xfafaU

static const char *dynamic_program;
static const char *static_program;
static char *guarded; /* CK_ELF_HEAD_MAX bytes in front of the page without access */

static int map_guarded(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = CK_ELF_HEAD_MAX > page ? CK_ELF_HEAD_MAX : page;
    char *start = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state; /* cmocka's signature */
    if (start == MAP_FAILED || mprotect(start + size, page, PROT_NONE) < 0)
        return -1;
    guarded = start + size - CK_ELF_HEAD_MAX;
    return 0;
}

/* As ck_elf_head_read(), with the head's end against the guard. */
static int read_guarded(const char *head, size_t length, struct ck_elf_head *ret_elf)
{
    char *copy = guarded + CK_ELF_HEAD_MAX - length;

    memcpy(copy, head, length);
    return ck_elf_head_read(copy, length, ret_elf);
}

static size_t load(const char *path, char ret_head[CK_ELF_HEAD_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    ssize_t length = read(fd, ret_head, CK_ELF_HEAD_MAX);
    assert_true(length > 0);
    close(fd);
    return (size_t)length;
}

/* --- real files */

static void this_program_is_native_and_has_a_loader(void **state)
{
    char head[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;

    (void)state; /* cmocka's signature */
    size_t length = load("/proc/self/exe", head);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    assert_true(elf.is_native && elf.is_dynamic && !elf.is_go);
    assert_int_equal(elf.is_64, sizeof(void *) == 8);
    assert_int_equal(elf.machine, ((const Elf32_Ehdr *)(const void *)head)->e_machine);
}

static void a_dynamic_program_has_a_loader_and_a_static_one_has_none(void **state)
{
    char head[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;

    (void)state; /* cmocka's signature */
    size_t length = load(dynamic_program, head);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    assert_true(elf.is_native && elf.is_dynamic && !elf.is_go);
    length = load(static_program, head);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    assert_true(elf.is_native && !elf.is_dynamic && !elf.is_go);
}

static void every_length_of_a_real_head_is_read_to_its_end_and_no_further(void **state)
{
    char head[CK_ELF_HEAD_MAX];
    size_t length = load("/proc/self/exe", head);
    bool was_dynamic = false;

    (void)state; /* cmocka's signature */
    for (size_t size = 0; size <= length; size++) {
        struct ck_elf_head elf = {.machine = NO_MACHINE};
        int result = read_guarded(head, size, &elf);

        if (size < sizeof(Elf32_Ehdr)) {
            assert_int_equal(result, -ENOEXEC);
            assert_int_equal(elf.machine, NO_MACHINE); /* untouched */
        } else if (result == 0) {
            assert_true(elf.is_native && !elf.is_go && elf.is_dynamic >= was_dynamic);
            was_dynamic = elf.is_dynamic;
        }
    }
    assert_true(was_dynamic);
}

/* Of either class the type and the machine lie here. */
static bool is_program_with(const char *head, size_t length, size_t place, uint16_t value)
{
    char changed[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;

    memcpy(changed, head, length);
    memcpy(changed + place, &value, sizeof(value));
    assert_int_equal(read_guarded(changed, length, &elf), 0);
    return elf.is_program;
}

static void what_the_kernel_would_not_start_is_no_program(void **state)
{
    const size_t type = offsetof(Elf64_Ehdr, e_type);
    const size_t machine = offsetof(Elf64_Ehdr, e_machine);
    char head[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;

    (void)state; /* cmocka's signature */
    size_t length = load(static_program, head);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    assert_true(elf.is_program && elf.loader == 0);
    length = load(dynamic_program, head);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    assert_true(elf.is_program && head[elf.loader] == '/' &&
                memchr(head + elf.loader, '\0', length - elf.loader) != NULL);
    assert_false(is_program_with(head, length, machine, NO_MACHINE));
    assert_false(is_program_with(head, length, type, ET_REL));
    assert_false(is_program_with(head, length, type, ET_CORE));
    assert_true(is_program_with(head, length, type, ET_EXEC) && is_program_with(head, length, type, ET_DYN));
    /* The file ends before its program headers do, or before the name of its loader. */
    assert_int_equal(read_guarded(head, sizeof(Elf64_Ehdr) + 8, &elf), 0);
    assert_false(elf.is_program);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    assert_int_equal(read_guarded(head, elf.loader + 2U, &elf), 0);
    assert_int_equal(elf.loader, 0);
}

static void what_is_no_elf_file_is_none(void **state)
{
    static const char *const texts[] = {"", "\x7f",
                                        "\x7f"
                                        "ELF",
                                        "#!/bin/sh\nexec true\n",
                                        "\x7f"
                                        "ELG the rest of a line"};

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct ck_elf_head elf = {.machine = NO_MACHINE};
        assert_int_equal(read_guarded(texts[i], strlen(texts[i]), &elf), -ENOEXEC);
        assert_int_equal(elf.machine, NO_MACHINE);
    }
}

/* --- made-up heads */

/* A head with one segment, of this machine. */
struct head {
    char bytes[CK_ELF_HEAD_MAX];
    Elf64_Ehdr *header;
    Elf64_Phdr *segments;
};

static void make_head(struct head *head, uint32_t type)
{
    char own[CK_ELF_HEAD_MAX];

    memset(head->bytes, 0, sizeof(head->bytes));
    head->header = (Elf64_Ehdr *)(void *)head->bytes;
    head->segments = (Elf64_Phdr *)(void *)(head->bytes + SEGMENTS_AT);
    (void)load("/proc/self/exe", own); /* its length is not asked for */
    memcpy(head->header->e_ident, own, EI_NIDENT);
    head->header->e_ident[EI_CLASS] = ELFCLASS64;
    head->header->e_machine = ((const Elf32_Ehdr *)(const void *)own)->e_machine;
    head->header->e_phoff = SEGMENTS_AT;
    head->header->e_phentsize = sizeof(Elf64_Phdr);
    head->header->e_phnum = 1;
    head->segments[0].p_type = type;
}

static struct ck_elf_head read_head(const struct head *head)
{
    struct ck_elf_head elf;

    assert_int_equal(read_guarded(head->bytes, sizeof(head->bytes), &elf), 0);
    return elf;
}

static void the_loader_may_be_in_any_segment(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_LOAD);
    assert_false(read_head(&head).is_dynamic);
    head.header->e_phnum = 9;
    head.segments[8].p_type = PT_INTERP;
    assert_true(read_head(&head).is_dynamic);
    head.header->e_phnum = 8;
    assert_false(read_head(&head).is_dynamic);
}

static void a_32_bit_file_has_its_own_layout(void **state)
{
    Elf32_Ehdr header = {.e_machine = EM_386, .e_phoff = SEGMENTS_AT, .e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 2};
    Elf32_Phdr segments[2] = {{.p_type = PT_LOAD, .p_flags = PF_X, .p_offset = 0x1000, .p_filesz = 0x234},
                              {.p_type = PT_INTERP}};
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_LOAD);
    memcpy(header.e_ident, head.bytes, EI_NIDENT);
    header.e_ident[EI_CLASS] = ELFCLASS32;
    memcpy(head.bytes, &header, sizeof(header));
    memcpy(head.bytes + SEGMENTS_AT, segments, sizeof(segments));
    struct ck_elf_head elf = read_head(&head);
    assert_true(elf.machine == EM_386 && !elf.is_64 && elf.is_dynamic);
    assert_int_equal(elf.is_native, sizeof(void *) == 4);
    struct ck_elf_place code = ck_elf_code(head.bytes, sizeof(head.bytes), &elf);
    assert_true(code.offset == 0x1000 && code.size == 0x234);
}

static void another_machine_is_not_native(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    head.header->e_machine = EM_S390;
    struct ck_elf_head elf = read_head(&head);
    assert_true(elf.machine == EM_S390 && elf.is_64 && !elf.is_native && elf.is_dynamic);
}

static void another_byte_order_or_class_is_another_machine(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    head.header->e_ident[EI_DATA] = head.header->e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
    struct ck_elf_head elf = read_head(&head);
    assert_true(elf.machine == 0 && elf.is_64 && !elf.is_native && !elf.is_dynamic);
    make_head(&head, PT_INTERP);
    head.header->e_ident[EI_CLASS] = 3;
    elf = read_head(&head);
    assert_true(elf.machine == 0 && !elf.is_64 && !elf.is_native && !elf.is_dynamic);
}

static void program_headers_of_another_size_are_broken(void **state)
{
    static const uint16_t sizes[] = {0,         1, sizeof(Elf32_Phdr), sizeof(Elf64_Phdr) - 1, sizeof(Elf64_Phdr) + 8,
                                     UINT16_MAX};
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct ck_elf_head elf = {.machine = NO_MACHINE};
        head.header->e_phentsize = sizes[i];
        assert_int_equal(read_guarded(head.bytes, sizeof(head.bytes), &elf), -ENOEXEC);
        assert_int_equal(elf.machine, NO_MACHINE);
    }
}

static struct ck_elf_place read_code(const struct head *head)
{
    const struct ck_elf_head elf = read_head(head);

    return ck_elf_code(guarded, CK_ELF_HEAD_MAX, &elf); /* where read_head has put it */
}

static void add_segment(struct head *head, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size)
{
    head->segments[head->header->e_phnum++] =
        (Elf64_Phdr){.p_type = type, .p_flags = flags, .p_offset = offset, .p_filesz = size};
}

static void the_code_is_the_one_segment_that_is_loaded_to_be_executed(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    add_segment(&head, PT_LOAD, PF_R, 0, 100);
    add_segment(&head, PT_GNU_STACK, PF_R | PF_W | PF_X, 1, 2);
    assert_int_equal(read_code(&head).size, 0);
    add_segment(&head, PT_LOAD, PF_R | PF_X, 0x1000, 0x234);
    add_segment(&head, PT_LOAD, PF_R | PF_W, 0x2000, 100);
    struct ck_elf_place code = read_code(&head);
    assert_true(code.offset == 0x1000 && code.size == 0x234);
}

static void code_in_two_segments_is_not_one_alone(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    add_segment(&head, PT_LOAD, PF_R | PF_X, 0x1000, 0x234);
    add_segment(&head, PT_LOAD, PF_R | PF_W | PF_X, 0x2000, 100);
    assert_int_equal(read_code(&head).size, 0);
}

static void code_that_may_be_beyond_the_head_is_not_known(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    add_segment(&head, PT_LOAD, PF_R | PF_X, 0x1000, 0x234);
    head.header->e_phnum = CK_ELF_HEAD_MAX / sizeof(Elf64_Phdr) + 1;
    assert_int_equal(read_code(&head).size, 0);
}

static void this_program_has_its_code_in_one_segment(void **state)
{
    char head[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;

    (void)state; /* cmocka's signature */
    size_t length = load("/proc/self/exe", head);
    assert_int_equal(read_guarded(head, length, &elf), 0);
    struct ck_elf_place code = ck_elf_code(head, length, &elf);
    assert_true(code.size > 0 && code.offset < UINT32_MAX);
    assert_int_equal(ck_elf_code(head, sizeof(Elf32_Ehdr) - 1, &elf).size, 0);
}

static void program_headers_beyond_the_head_are_absent(void **state)
{
    static const uint64_t offsets[] = {
        CK_ELF_HEAD_MAX - sizeof(Elf64_Phdr) + 1,
        CK_ELF_HEAD_MAX,
        CK_ELF_HEAD_MAX + 1,
        UINT32_MAX,
        INT64_MAX,
        (uint64_t)INT64_MAX + 1,
        UINT64_MAX - sizeof(Elf64_Phdr) + 1, /* the second one would begin at 0 */
        UINT64_MAX,
    };
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    head.header->e_phnum = UINT16_MAX;
    for (size_t i = 0; i < COUNT(offsets); i++) {
        head.header->e_phoff = offsets[i];
        assert_false(read_head(&head).is_dynamic);
    }
    /* The last one that is all there. */
    head.header->e_phoff = CK_ELF_HEAD_MAX - sizeof(Elf64_Phdr);
    memcpy(head.bytes + head.header->e_phoff, &head.segments[0], sizeof(Elf64_Phdr));
    head.segments[0].p_type = PT_NULL;
    assert_true(read_head(&head).is_dynamic);
}

static void no_program_header_is_no_loader(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_INTERP);
    head.header->e_phnum = 0;
    assert_false(read_head(&head).is_dynamic);
}

/* --- notes */

/* Writes a note at `at`; returns the offset behind it. */
static size_t add_note(struct head *head, size_t at, uint32_t name_size, const char *name, uint32_t description_size)
{
    Elf64_Nhdr note = {.n_namesz = name_size, .n_descsz = description_size, .n_type = 4};

    memcpy(head->bytes + at, &note, sizeof(note));
    memcpy(head->bytes + at + sizeof(note), name, strlen(name));
    return at + sizeof(note) + ((name_size + 3U) & ~3U) + ((description_size + 3U) & ~3U);
}

/* A head whose segment of notes is [NOTES_AT, end). */
static void make_notes(struct head *head)
{
    make_head(head, PT_NOTE);
    head->segments[0].p_offset = NOTES_AT;
    head->segments[0].p_filesz = CK_ELF_HEAD_MAX - NOTES_AT;
}

static void a_note_of_go_is_found_behind_others(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_notes(&head);
    assert_false(read_head(&head).is_go);
    size_t at = add_note(&head, NOTES_AT, 4, "GNU", 16);
    assert_false(read_head(&head).is_go);
    at = add_note(&head, at, 5, "stap", 3); /* both of its sizes are padded */
    (void)add_note(&head, at, 4, "Go", 83);
    assert_true(read_head(&head).is_go);
    head.segments[0].p_filesz = at - NOTES_AT;
    assert_false(read_head(&head).is_go);
}

static void a_name_that_begins_like_gos_is_another(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_notes(&head);
    (void)add_note(&head, NOTES_AT, 4, "Gox", 8);
    assert_false(read_head(&head).is_go);
    make_notes(&head);
    (void)add_note(&head, NOTES_AT, 3, "Go", 8);
    assert_false(read_head(&head).is_go);
}

static void notes_beyond_the_head_are_absent(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_notes(&head);
    /* The name's four bytes would begin where the head ends. */
    (void)add_note(&head, CK_ELF_HEAD_MAX - sizeof(Elf64_Nhdr), 4, "", 0);
    head.segments[0].p_offset = CK_ELF_HEAD_MAX - sizeof(Elf64_Nhdr);
    assert_false(read_head(&head).is_go);
    head.segments[0].p_offset = UINT64_MAX - 3;
    assert_false(read_head(&head).is_go);
    head.segments[0].p_filesz = UINT64_MAX;
    assert_false(read_head(&head).is_go);
}

static void a_segment_larger_than_the_file_is_read_as_far_as_it_goes(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_notes(&head);
    (void)add_note(&head, NOTES_AT, 4, "Go", 8);
    head.segments[0].p_filesz = CK_ELF_HEAD_MAX;
    assert_true(read_head(&head).is_go);
    head.segments[0].p_filesz = UINT64_MAX;
    assert_true(read_head(&head).is_go);
}

/* Rounded up in 32 bits, the last ones would be 0, and the note behind them the next. */
static void sizes_of_notes_do_not_wrap(void **state)
{
    static const uint32_t sizes[] = {0, INT32_MAX, UINT32_MAX - 11, UINT32_MAX - 3, UINT32_MAX};
    struct head head;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t j = 0; j < COUNT(sizes); j++) {
            make_notes(&head);
            (void)add_note(&head, NOTES_AT, sizes[i], "", sizes[j]);
            (void)add_note(&head, NOTES_AT + sizeof(Elf64_Nhdr), 4, "Go", 0);
            assert_int_equal(read_head(&head).is_go, sizes[i] + (uint64_t)sizes[j] == 0);
        }
    }
}

/* As many segments as a head holds, each the whole of it read as notes without a name. */
static void the_longest_way_through_a_head_ends(void **state)
{
    struct head head;

    (void)state; /* cmocka's signature */
    make_head(&head, PT_NOTE);
    head.header->e_phnum = UINT16_MAX;
    for (size_t i = 0; i < (CK_ELF_HEAD_MAX - SEGMENTS_AT) / sizeof(Elf64_Phdr); i++)
        head.segments[i] = (Elf64_Phdr){.p_type = PT_NOTE, .p_filesz = CK_ELF_HEAD_MAX};
    assert_false(read_head(&head).is_go);
}

static void random_bytes_in_a_real_head_do_no_harm(void **state)
{
    const char *given = getenv("CAPKEEP_TEST_SEED");
    unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);
    const char *const files[] = {dynamic_program, static_program};
    char head[CK_ELF_HEAD_MAX];
    unsigned read = 0;

    (void)state; /* cmocka's signature */
    print_message("CAPKEEP_TEST_SEED=%u\n", seed);
    srandom(seed);
    for (unsigned round = 0; round < 20000; round++) {
        size_t length = load(files[round % 2], head);
        struct ck_elf_head elf;

        /* The first kilobyte has all that is looked at but the notes' contents. */
        for (unsigned changes = 1 + (unsigned)random() % 8; changes > 0; changes--)
            head[(size_t)random() % 1024] = (char)(random() % 4 == 0 ? 0xff : random());
        read += read_guarded(head, (size_t)random() % (length + 1), &elf) == 0;
    }
    assert_in_range(read, 1000, 20000);
}

/* --- beyond the head */

/* The whole of a small file. */
static char *load_all(const char *path, size_t *ret_length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about = {0};

    if (fd < 0 || fstat(fd, &about) < 0 || about.st_size <= 0)
        fail();
    off_t size = about.st_size;
    char *file = malloc((size_t)size + 1);
    assert_non_null(file);
    assert_int_equal(pread(fd, file, (size_t)size, 0), size);
    close(fd);
    *ret_length = (size_t)size;
    return file;
}

/* The dynamic section in pieces of this size; returns how many were wanted. */
static unsigned read_pieces(const char *file, size_t length, struct ck_elf_place place, bool is_64, size_t piece,
                            struct ck_elf_needed *ret_needed)
{
    unsigned count = 0;
    bool more = true;

    *ret_needed = (struct ck_elf_needed){0};
    assert_true(place.size > 0 && place.offset <= length && place.size <= length - place.offset);
    for (uint64_t at = 0; more && at < place.size; at += piece) {
        uint64_t left = place.size - at;
        more = ck_elf_needed_read(file + place.offset + at, left < piece ? (size_t)left : piece, is_64, ret_needed);
        count++;
    }
    return count;
}

static void the_first_needed_library_is_found_in_pieces_of_any_size(void **state)
{
    size_t length;
    char *file = load_all(dynamic_program, &length);
    size_t head_length = length < CK_ELF_HEAD_MAX ? length : CK_ELF_HEAD_MAX;
    struct ck_elf_head elf;
    struct ck_elf_needed needed;

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_elf_head_read(file, head_length, &elf), 0);
    struct ck_elf_place dynamic = ck_elf_dynamic(file, head_length, &elf);
    for (size_t piece = CK_ELF_ENTRY; piece < 1024; piece += CK_ELF_ENTRY) {
        unsigned count = read_pieces(file, length, dynamic, elf.is_64, piece, &needed);
        /* What is behind both is not read: the section ends with many empty entries. */
        assert_true(piece > CK_ELF_ENTRY || count < dynamic.size / CK_ELF_ENTRY);
        struct ck_elf_place name = ck_elf_needed_name(file, head_length, &elf, &needed);
        assert_true(name.size > 0 && name.offset < length && name.size <= length - name.offset);
        assert_memory_equal(file + name.offset, "lib", 3);
        assert_non_null(strstr(file + name.offset, ".so"));
    }
    free(file);
}

static void a_static_program_needs_none(void **state)
{
    char head[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;

    (void)state; /* cmocka's signature */
    size_t length = load(static_program, head);
    assert_int_equal(ck_elf_head_read(head, length, &elf), 0);
    assert_int_equal(ck_elf_dynamic(head, length, &elf).size, 0);
}

static void the_first_entry_counts_and_nothing_behind_the_end(void **state)
{
    const Elf64_Dyn wide[] = {
        {DT_NEEDED, {7}}, {DT_NEEDED, {9}}, {DT_STRTAB, {0x1000}}, {DT_NULL, {0}}, {DT_STRTAB, {1}}};
    const Elf32_Dyn narrow[] = {{DT_STRTAB, {0x1000}}, {DT_NEEDED, {7}}, {DT_NULL, {0}}, {DT_NEEDED, {9}}};
    const Elf64_Dyn ended[] = {{DT_NEEDED, {7}}, {DT_NULL, {0}}, {DT_STRTAB, {1}}};
    struct ck_elf_needed needed = {0};

    (void)state; /* cmocka's signature */
    assert_false(ck_elf_needed_read((const char *)wide, sizeof(wide), true, &needed));
    assert_true(needed.has_name && needed.has_strings && needed.name == 7 && needed.strings == 0x1000);
    needed = (struct ck_elf_needed){0};
    assert_false(ck_elf_needed_read((const char *)narrow, sizeof(narrow), false, &needed));
    assert_true(needed.has_name && needed.has_strings && needed.name == 7 && needed.strings == 0x1000);
    needed = (struct ck_elf_needed){0};
    assert_false(ck_elf_needed_read((const char *)ended, sizeof(ended), true, &needed));
    assert_true(needed.has_name && !needed.has_strings);
    /* An entry that is cut is none. */
    needed = (struct ck_elf_needed){0};
    assert_true(ck_elf_needed_read((const char *)wide, 3 * sizeof(wide[0]) - 1, true, &needed));
    assert_true(needed.has_name && !needed.has_strings);
}

static void an_address_outside_of_every_segment_is_nowhere(void **state)
{
    char head[CK_ELF_HEAD_MAX];
    struct ck_elf_head elf;
    struct ck_elf_needed needed = {true, true, 1, UINT64_MAX};

    (void)state; /* cmocka's signature */
    size_t length = load(dynamic_program, head);
    assert_int_equal(ck_elf_head_read(head, length, &elf), 0);
    assert_int_equal(ck_elf_needed_name(head, length, &elf, &needed).size, 0); /* it wraps */
    needed.strings = UINT64_C(1) << 40;
    assert_int_equal(ck_elf_needed_name(head, length, &elf, &needed).size, 0);
    needed = (struct ck_elf_needed){false, true, 0, 0};
    assert_int_equal(ck_elf_needed_name(head, length, &elf, &needed).size, 0);
    needed = (struct ck_elf_needed){true, false, 0, 0};
    assert_int_equal(ck_elf_needed_name(head, length, &elf, &needed).size, 0);
    needed = (struct ck_elf_needed){true, true, 0, 0};
    assert_int_equal(ck_elf_needed_name(head, sizeof(Elf32_Ehdr), &elf, &needed).size, 0);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_program_is_native_and_has_a_loader),
        cmocka_unit_test(what_the_kernel_would_not_start_is_no_program),
        cmocka_unit_test(a_dynamic_program_has_a_loader_and_a_static_one_has_none),
        cmocka_unit_test(every_length_of_a_real_head_is_read_to_its_end_and_no_further),
        cmocka_unit_test(what_is_no_elf_file_is_none),
        cmocka_unit_test(the_loader_may_be_in_any_segment),
        cmocka_unit_test(a_32_bit_file_has_its_own_layout),
        cmocka_unit_test(another_machine_is_not_native),
        cmocka_unit_test(another_byte_order_or_class_is_another_machine),
        cmocka_unit_test(program_headers_of_another_size_are_broken),
        cmocka_unit_test(the_code_is_the_one_segment_that_is_loaded_to_be_executed),
        cmocka_unit_test(code_in_two_segments_is_not_one_alone),
        cmocka_unit_test(code_that_may_be_beyond_the_head_is_not_known),
        cmocka_unit_test(this_program_has_its_code_in_one_segment),
        cmocka_unit_test(program_headers_beyond_the_head_are_absent),
        cmocka_unit_test(no_program_header_is_no_loader),
        cmocka_unit_test(a_note_of_go_is_found_behind_others),
        cmocka_unit_test(a_name_that_begins_like_gos_is_another),
        cmocka_unit_test(notes_beyond_the_head_are_absent),
        cmocka_unit_test(a_segment_larger_than_the_file_is_read_as_far_as_it_goes),
        cmocka_unit_test(sizes_of_notes_do_not_wrap),
        cmocka_unit_test(the_longest_way_through_a_head_ends),
        cmocka_unit_test(random_bytes_in_a_real_head_do_no_harm),
        cmocka_unit_test(the_first_needed_library_is_found_in_pieces_of_any_size),
        cmocka_unit_test(a_static_program_needs_none),
        cmocka_unit_test(the_first_entry_counts_and_nothing_behind_the_end),
        cmocka_unit_test(an_address_outside_of_every_segment_is_nowhere),
    };

    if (argc != 3)
        return 99;
    dynamic_program = argv[1];
    static_program = argv[2];
    return cmocka_run_group_tests(tests, map_guarded, NULL);
}
