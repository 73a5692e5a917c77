/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The head of a file that is about to be executed: ELF, a script, anything. */
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/elf_head.h"
#include "../../shim/core/reach.h"
#include "../../shim/core/shebang.h"
#include "fuzz.h"

static void check_elf(const char *head, size_t length)
{
    struct ck_file_facts facts = {.has_elf = true};

    if (ck_elf_head_read(head, length, &facts.elf) < 0)
        return;
    FUZZ_REQUIRE(length >= 16 && memcmp(head, "\177ELF", 4) == 0);
    FUZZ_REQUIRE(ck_reach_word(ck_reach_of(&facts, false, false)) != NULL);
    struct ck_elf_place code = ck_elf_code(head, length, &facts.elf);
    FUZZ_REQUIRE(code.size == 0 || length >= 52 + 32); /* a header and a segment of the shorter class */
}

/* The same bytes for a whole file, as its places tell. */
static void check_needed(const char *file, size_t size, size_t head_length)
{
    struct ck_elf_needed needed = {0};
    struct ck_elf_head elf;

    if (ck_elf_head_read(file, head_length, &elf) < 0)
        return;
    struct ck_elf_place place = ck_elf_dynamic(file, head_length, &elf);
    if (place.offset >= size)
        return;
    size_t left = place.size < size - place.offset ? (size_t)place.size : size - (size_t)place.offset;
    char *dynamic = malloc(left);
    memcpy(dynamic, file + place.offset, left);
    bool more = ck_elf_needed_read(dynamic, left, elf.is_64, &needed);
    FUZZ_REQUIRE(!more || !needed.has_name || !needed.has_strings);
    free(dynamic);
    struct ck_elf_place name = ck_elf_needed_name(file, head_length, &elf, &needed);
    FUZZ_REQUIRE(name.size == 0 || (needed.has_name && needed.has_strings));
}

static void check_script(const char *head, size_t length)
{
    /* Not a byte more than there may be. */
    char *interpreter = malloc(CK_SHEBANG_MAX);

    if (ck_shebang_read(head, length, interpreter) == 0) {
        size_t interpreter_length = strlen(interpreter);
        FUZZ_REQUIRE(interpreter_length > 0 && interpreter_length < length);
        FUZZ_REQUIRE(strcspn(interpreter, " \t\n") == interpreter_length);
    }
    free(interpreter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = size < CK_ELF_HEAD_MAX ? size : CK_ELF_HEAD_MAX;
    size_t first = size < CK_SHEBANG_MAX ? size : CK_SHEBANG_MAX;
    char *head = malloc(length);
    char *start = malloc(first);

    memcpy(head, data, length);
    memcpy(start, data, first);
    check_elf(head, length);
    check_needed(head, length, length);
    check_script(start, first);
    free(head);
    free(start);
    return 0;
}
