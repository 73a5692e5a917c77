#pragma once
/* A rule that is being written from what another program's configuration says. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define CK_DRAFT_PROGRAMS_MAX 16U

struct ck_draft {
    char name[64];
    char users[4096];
    char programs[CK_DRAFT_PROGRAMS_MAX][PATH_MAX];
    unsigned program_count;
    char iab[4096]; /* "" where there is none */
    uint64_t ambient_mask;
    uint64_t bounding_mask;
    bool has_ambient;
    bool has_bounding;
    bool no_new_privs;
};

/* The last part of a file's name, without `suffix`, as the name of a rule. */
void ck_draft_name(struct ck_draft *draft, const char *file, const char *suffix);

/* Adds a program, once. */
void ck_draft_add_program(struct ck_draft *draft, const char *path);

/* Prints the section, with nothing that was not said. */
void ck_draft_print(const struct ck_draft *draft);
