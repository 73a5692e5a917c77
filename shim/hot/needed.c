/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "needed.h"

#include <fcntl.h>
#include <string.h>

#include "../core/runtime.h"
#include "sys.h"

/* What is read at a time, and no more than so many times: the first of some 250 entries are enough for any linker. */
#define PIECE 512U
#define PIECES_MAX 8U

static void read_dynamic(int fd, struct ck_elf_place place, bool is_64, struct ck_elf_needed *ret_needed)
{
    char piece[PIECE];

    *ret_needed = (struct ck_elf_needed){0};
    for (unsigned i = 0; i < PIECES_MAX && place.size > 0; i++) {
        size_t size = place.size < PIECE ? (size_t)place.size : PIECE;
        ssize_t length = ck_sys_pread_at(fd, piece, size, place.offset);

        if (length != (ssize_t)size || !ck_elf_needed_read(piece, size, is_64, ret_needed))
            return;
        place.offset += size;
        place.size -= size;
    }
}

static bool is_first(int fd, struct ck_elf_place place)
{
    char name[CK_RUNTIME_MAX];

    if (place.size == 0)
        return false;
    ssize_t length =
        ck_sys_pread_at(fd, name, place.size < sizeof(name) ? (size_t)place.size : sizeof(name), place.offset);
    return length > 0 && ck_runtime_is_first(name, strnlen(name, (size_t)length));
}

bool ck_needed_is_first(const struct ck_program *program, const struct ck_program_texts *texts,
                        const struct ck_file_facts *facts)
{
    const struct ck_program_name *name = &program->names[program->count - 1];
    const char *path = name->resolved != NULL ? name->resolved : name->text;
    struct ck_elf_needed needed;

    if (!facts->has_elf || !facts->elf.is_dynamic || path == NULL)
        return false;
    int fd = ck_sys_openat(AT_FDCWD, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    read_dynamic(fd, ck_elf_dynamic(texts->head, sizeof(texts->head), &facts->elf), facts->elf.is_64, &needed);
    bool found = is_first(fd, ck_elf_needed_name(texts->head, sizeof(texts->head), &facts->elf, &needed));
    (void)ck_sys_close(fd); /* read only: nothing is lost with it */
    return found;
}
