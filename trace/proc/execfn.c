/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "execfn.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../arch/registers.h"
#include "memory.h"

/* One of the words on the stack of a thread, which are little-endian wherever there is a tracer. */
static bool read_word(pid_t tid, uint64_t address, size_t size, uint64_t *ret_word)
{
    *ret_word = 0;
    return ck_memory_read(tid, address, ret_word, size) == 0;
}

/* The vector of pairs follows the count, the arguments with a NULL, and the environment with another. */
static bool find_pairs(pid_t tid, size_t size, uint64_t *at)
{
    uint64_t word;

    if (!read_word(tid, *at, size, &word))
        return false;
    *at += (1 + word + 1) * size;
    do {
        if (!read_word(tid, *at, size, &word))
            return false;
        *at += size;
    } while (word != 0);
    return true;
}

void ck_execfn_read(pid_t tid, char *ret_path, size_t size)
{
    struct ck_registers registers;
    bool is_32bit;
    uint64_t kind;
    uint64_t value;

    *ret_path = '\0';
    if (ck_registers_read(tid, &registers) < 0)
        return;
    uint64_t at = ck_registers_stack(&registers, &is_32bit);
    size_t word_size = is_32bit ? 4 : 8;
    if (!find_pairs(tid, word_size, &at))
        return;
    do {
        if (!read_word(tid, at, word_size, &kind) || !read_word(tid, at + word_size, word_size, &value) ||
            kind == AT_NULL)
            return;
        at += 2 * word_size;
    } while (kind != AT_EXECFN);
    ck_memory_read_string(tid, value, ret_path, size);
}

void ck_execfn_find(pid_t pid, bool is_64, char *ret_path, size_t size)
{
    char path[64];
    size_t word_size = is_64 ? 8 : 4;
    uint64_t kind = 0;
    uint64_t value = 0;

    *ret_path = '\0';
    (void)snprintf(path, sizeof(path), "/proc/%ld/auxv", (long)pid); /* it fits */
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return;
    /* Its last pair, of AT_NULL, is one like the others. */
    while (kind != AT_EXECFN && fread(&kind, word_size, 1, stream) == 1 && fread(&value, word_size, 1, stream) == 1)
        continue;
    (void)fclose(stream); /* read only: nothing is lost with it */
    if (kind == AT_EXECFN)
        ck_memory_read_string(pid, value, ret_path, size);
}
