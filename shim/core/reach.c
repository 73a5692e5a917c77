/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reach.h"

enum ck_reach ck_reach_of(const struct ck_file_facts *facts, bool everywhere, bool has_foreign)
{
    if (facts->is_secure && !everywhere)
        return CK_REACH_SECURE;
    if (!facts->has_elf)
        return CK_REACH_YES;
    if (!facts->elf.is_dynamic)
        return CK_REACH_STATIC;
    if (facts->elf.is_go)
        return CK_REACH_GO;
    return facts->elf.is_native || has_foreign ? CK_REACH_YES : CK_REACH_FOREIGN;
}

/* As in decide.c: the words are logged, the texts are the command's. */
static const char reach_words[][10] = {
    [CK_REACH_YES] = "yes",           [CK_REACH_STATIC] = "static",       [CK_REACH_GO] = "go",
    [CK_REACH_SECURE] = "secure",     [CK_REACH_FOREIGN] = "foreign",     [CK_REACH_RAW] = "raw",
    [CK_REACH_DECLINED] = "declined", [CK_REACH_SANITIZED] = "sanitized",
};

static const char reach_texts[][80] = {
    [CK_REACH_YES] = "is in reach of a preloaded library",
    [CK_REACH_STATIC] = "is static: no loader is in it that would preload a library",
    [CK_REACH_GO] = "is written in Go, whose runtime makes system calls of its own",
    [CK_REACH_SECURE] = "will be AT_SECURE (set-ID, file capabilities): LD_PRELOAD is ignored",
    [CK_REACH_FOREIGN] = "is of another architecture, for which no library is installed",
    [CK_REACH_RAW] = "makes system calls of its own, and no other that could be seen",
    [CK_REACH_DECLINED] = "executes itself until LD_PRELOAD is out of its environment",
    [CK_REACH_SANITIZED] = "is built with AddressSanitizer, whose runtime has to be the first library",
};

const char *ck_reach_word(enum ck_reach reach)
{
    return reach_words[reach];
}

const char *ck_reach_text(enum ck_reach reach)
{
    return reach_texts[reach];
}

const char *ck_reach_remedy(enum ck_reach reach)
{
    return reach == CK_REACH_SANITIZED ? CK_REACH_REMEDY_SANITIZED : CK_REACH_REMEDY;
}
