/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A rule that is being written from what another program's configuration says. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Texts of which there may be any number. */
struct ck_texts {
    char **items;
    size_t count;
};

/* Adds a copy. Ends the process with 125 where there is no memory. */
void ck_texts_add(struct ck_texts *texts, const char *text, size_t length);
void ck_texts_clear(struct ck_texts *texts);

struct ck_draft {
    char name[41]; /* inih tells sections apart by 49 letters */
    struct ck_texts users;
    struct ck_texts programs;
    const char *iab; /* NULL where there is none */
    uint64_t ambient_mask;
    uint64_t bounding_mask;
    bool has_bounding;
    bool no_new_privs;
};

/* The last part of a file's name, without `suffix`, as the name of a rule. */
void ck_draft_name(struct ck_draft *draft, const char *file, const char *suffix);

/* Prints the section, with nothing that was not said. */
void ck_draft_print(const struct ck_draft *draft, FILE *out);

/* A capability as libcap and systemd take it: "cap_" and its name, in any case, or its number; -1 for what is none. */
int ck_draft_cap(const char *word, size_t length);

/*
 * NULL where `name` can stand in User= and means there just what it means where it was found; else why not: an ID where
 * a name is meant, a blank, another language's sign. `may_be_id`: a number is an ID there as well.
 */
const char *ck_draft_why_no_user(const char *name, bool may_be_id);

/* The same for an absolute path in Program=. */
const char *ck_draft_why_no_program(const char *path);

/*
 * The same for IAB=. cap_iab_from_text(3) takes names with "cap_" alone, separated by a comma and nothing else; what it
 * does not take gives nothing.
 */
const char *ck_draft_why_no_iab(const char *text);
