/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What the head of an ELF file tells about the ways into it. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The program headers and, where a linker puts them, the notes lie in the first page. */
#define CK_ELF_HEAD_MAX 4096U

struct ck_elf_head {
    uint16_t machine; /* EM_… of elf.h */
    bool is_64;
    bool is_native;  /* class, byte order and machine are those of this library */
    bool is_program; /* all that is seen of it is as the kernel wants it of what it starts, on this machine */
    bool is_dynamic; /* it has a PT_INTERP: a loader that knows LD_PRELOAD starts it */
    uint16_t loader; /* where in the head the path of that begins, with a NUL at its end; 0 where it is not there */
    bool is_go;      /* it carries Go's note: its runtime makes system calls of its own */
};

/* Bytes of the file, which may lie beyond its head. */
struct ck_elf_place {
    uint64_t offset;
    uint64_t size; /* 0 for none */
};

/* What the dynamic section says of the first library that is needed. */
struct ck_elf_needed {
    bool has_name;
    bool has_strings;
    uint64_t name;    /* where it begins in the table of strings */
    uint64_t strings; /* that table, by its address in memory */
};

/*
 * Reads the first `length` bytes of a file. Returns 0, or -ENOEXEC where this is no ELF file or a broken one. What lies
 * beyond `length` is taken for absent.
 */
int ck_elf_head_read(const char *head, size_t length, struct ck_elf_head *ret_elf);

/* The dynamic section, by a head that ck_elf_head_read has read as *elf. */
struct ck_elf_place ck_elf_dynamic(const char *head, size_t length, const struct ck_elf_head *elf);

/* The segment with the code, likewise; none where it is not one alone. */
struct ck_elf_place ck_elf_code(const char *head, size_t length, const struct ck_elf_head *elf);

/*
 * Reads more of the dynamic section, from its beginning on, in pieces of any number of whole entries (CK_ELF_ENTRY bytes
 * for both classes are such a number). Returns whether there is any use in reading on.
 */
#define CK_ELF_ENTRY 16U
bool ck_elf_needed_read(const char *bytes, size_t length, bool is_64, struct ck_elf_needed *needed);

/* Where the first needed library's name, which ends with a NUL, lies in the file; none where that is not known. */
struct ck_elf_place ck_elf_needed_name(const char *head, size_t length, const struct ck_elf_head *elf,
                                       const struct ck_elf_needed *needed);
