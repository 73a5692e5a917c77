/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The command line of `capkeep run`. */
#include <stdbool.h>

#include "../../shim/core/policy_rule.h"
#include "../common/options.h"

enum ck_method { CK_METHOD_AUTO, CK_METHOD_PRELOAD, CK_METHOD_PTRACE, CK_METHOD_SECUREBITS };

/* In the table of options: a directive of a rule, or one of these. */
#define CK_RUN_DIRECTIVE(directive) (1 + (directive))

enum {
    CK_RUN_POLICY = CK_RUN_DIRECTIVE(CK_DIRECTIVE_COUNT),
    CK_RUN_USER,
    CK_RUN_GROUPS,
    CK_RUN_KEEP_GROUPS,
    CK_RUN_LOG,
    CK_RUN_LOG_LEVEL,
    CK_RUN_METHOD,
    CK_RUN_IF_POSSIBLE,
    CK_RUN_ALLOW_NEW_PRIVS,
    CK_RUN_ARGV0,
};

extern const struct ck_verb ck_run_table;

/* By their number; NULL behind the last. */
extern const char *const ck_run_methods[];

struct ck_run_options {
    const char *directives[CK_DIRECTIVE_COUNT]; /* a rule's, by option; NULL where not given */
    char names[CK_DIRECTIVE_COUNT][16];         /* of those options, as they were written */
    const char *policy;
    const char *log;
    const char *log_level;
    const char *user;   /* USER[:GROUP] */
    const char *groups; /* the list of --groups; NULL where not given */
    bool keep_groups;
    enum ck_method method;
    bool allow_new_privs;
    bool if_possible;  /* where nothing can be kept, as if capkeep had not been asked */
    const char *argv0; /* what the launcher is called, or NULL for command[0] */
    char **command;    /* not empty */
};

/* Returns whether `run` is to go on; else *ret_status is its exit status. */
bool ck_run_options_read(int argc, char *argv[], struct ck_run_options *ret_options, int *ret_status);

/*
 * Puts the policy of the options into the environment, in which it travels, to ourselves as well: the shim's own loader
 * judges it. Returns 0, or an exit status with the reason on stderr.
 */
int ck_run_options_export(const struct ck_run_options *options);
