/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* What was learned, and how: what the text and the JSON tell. */
#include <limits.h>
#include <stdio.h>

#include "learn_run.h"

/* A run that has been. */
struct ck_learn_past {
    struct ck_learn_run run;
    struct ck_learn_outcome outcome;
};

struct ck_learn_result {
    const struct ck_learn_options *options;
    char program[PATH_MAX]; /* what a policy has to call the command */
    struct ck_learn_answer answer;
    uint64_t smallest;   /* with which it has passed so far; meaningful where any has */
    bool has_passed;     /* with any set */
    bool is_uid_reason;  /* it fails for its uid, as far as that can be seen */
    bool passes_as_root; /* told so, it passes */
    bool is_check_early; /* --check succeeds before anything was run */
    unsigned left;       /* processes that a run left behind, at most */
    bool is_left;        /* some are there still */
    unsigned run_count;
    struct ck_learn_past *runs;
    struct ck_learn_report *nothing; /* of the observed runs with nothing, with all, and of another set */
    struct ck_learn_report *everything;
    struct ck_learn_report *other;
    const struct ck_learn_report *last; /* the observed one that was last: one of these */
};

/* A capability's calls, as far as they differ; so many of them are told. */
#define CK_LEARN_EVIDENCE_MAX 8U

struct ck_learn_evidence {
    const struct ck_learn_call *call;
    int error;      /* with which it fails without the capability, or 0 where that was not seen */
    unsigned count; /* of its kind */
};

/*
 * The calls that were granted a member of the set in the last observed run; where none is known, those that were denied
 * it with nothing. Returns how many there are in ret_evidence.
 */
unsigned ck_learn_evidence(const struct ck_learn_result *result, unsigned cap,
                           struct ck_learn_evidence ret_evidence[CK_LEARN_EVIDENCE_MAX]);

/* What would be better than a member of the set, a line each: the table's word, and the file that it is about. */
#define CK_LEARN_INSTEAD_MAX 2U
#define CK_LEARN_INSTEAD_SIZE 512U
unsigned ck_learn_instead(const struct ck_learn_result *result, unsigned cap,
                          char ret_lines[CK_LEARN_INSTEAD_MAX][CK_LEARN_INSTEAD_SIZE]);

/* What was asked for in vain with the set, and the check passed. */
uint64_t ck_learn_not_needed(const struct ck_learn_result *result);

/* Why no set is enough, as far as it can be seen: the one reason that is the likeliest. Returns whether there is one. */
#define CK_LEARN_REASON_SIZE 1024U
bool ck_learn_reason(const struct ck_learn_result *result, char ret_reason[CK_LEARN_REASON_SIZE]);

/* Whether the last lines of what two runs wrote differ. */
bool ck_learn_differs(const char *one, const char *other);

/* The last run with a set that had this verdict, and was not told that it is root; NULL where there was none. */
const struct ck_learn_past *ck_learn_find_past(const struct ck_learn_result *result, uint64_t set, bool has_passed);

/* The two forms. `signal`: it has ended the search. */
void ck_learn_text(FILE *out, const struct ck_learn_result *result, int signal);
void ck_learn_json(FILE *out, const struct ck_learn_result *result);
