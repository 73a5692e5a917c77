/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * The table of a verb's options: what it accepts, its --help, the completions of bash, zsh and fish, and what the manual is
 * held against, all come from it. Only the C library's headers, as the completions are made by a program of the build.
 */
#include <stdbool.h>

/* What a value, or an operand, is; for the completions. */
enum ck_kind {
    CK_NO_VALUE,
    CK_TEXT,     /* nothing that a shell could know */
    CK_WORD,     /* one of the option's words, and no other */
    CK_HINT,     /* these words, but it is somebody else who judges them */
    CK_CAPS,     /* names, separated by commas */
    CK_IAB_TEXT, /* the same with marks */
    CK_ACCOUNT,
    CK_GROUPS,
    CK_FILE,
    CK_EXECUTABLE,
    CK_PROCESS,
    CK_DESTINATION, /* of a log: these words, or an absolute path */
    CK_RULE_NAME,   /* of the policy file of --policy, or of the installed ones */
    CK_VERB_NAME,
    CK_COMMAND_LINE, /* from here on a command of its own */
};

struct ck_option {
    int id;           /* the verb's own; 0 is --help */
    char letter;      /* or 0 */
    const char *name; /* NULL behind the last */
    enum ck_kind kind;
    const char *value;        /* what --help calls the value */
    const char *const *words; /* NULL behind the last */
    const char *help;         /* lines */
    const char *excludes; /* what does not go with it: long names, and "*" for operands, with blanks between; or NULL */
    enum ck_kind operand; /* what the operand is where this option is given; or CK_NO_VALUE */
    bool repeats;         /* may be given several times */
};

struct ck_verb {
    const char *name;
    const char *purpose;
    const char *usage; /* behind "Usage: capkeep ", a line for each use */
    const char *about; /* NULL where --help is an option of the verb's own */
    const struct ck_option *options;
    const char *end; /* of --help */
    enum ck_kind operand;
    bool has_operands; /* several */
};

/* An option of the command line. */
struct ck_given {
    int id;
    const char *name;  /* "-a" or "--ambient", as it was written */
    const char *value; /* or NULL */
    int word;          /* which of the option's words */
};

/*
 * Hands each option to `take`, which returns 0, or an exit status with the reason on standard error. argv[0] is the verb.
 * Returns whether the verb is to go on, at optind; else *ret_status is its exit status. What is wrong with an option is
 * told in one line, alike by all verbs.
 */
bool ck_options_read(const struct ck_verb *verb, int argc, char *argv[],
                     int (*take)(void *context, const struct ck_given *given), void *context, int *ret_status);

/*
 * The same for the command line of another process: says nothing, and leaves optind as it was. Returns false where it is
 * not understood.
 */
bool ck_options_scan(const struct ck_verb *verb, int argc, char *argv[],
                     int (*take)(void *context, const struct ck_given *given), void *context);
