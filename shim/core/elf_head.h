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
    bool is_dynamic; /* it has a PT_INTERP: a loader that knows LD_PRELOAD starts it */
    bool is_go;      /* it carries Go's note: its runtime makes system calls of its own */
};

/*
 * Reads the first `length` bytes of a file. Returns 0, or -ENOEXEC where this is no ELF file or a broken one. What lies
 * beyond `length` is taken for absent.
 */
int ck_elf_head_read(const char *head, size_t length, struct ck_elf_head *ret_elf);
