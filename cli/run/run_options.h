#pragma once
/* The command line of `capkeep run`. */
#include <stdbool.h>

#include "../../shim/core/policy_rule.h"

enum ck_method { CK_METHOD_AUTO, CK_METHOD_PRELOAD, CK_METHOD_PTRACE, CK_METHOD_SECUREBITS };

struct ck_run_options {
    const char *directives[CK_DIRECTIVE_COUNT]; /* a rule's, by option; NULL where not given */
    const char *policy;
    const char *log;
    const char *user;
    enum ck_method method;
    bool allow_new_privs;
    bool if_possible;  /* with CK_METHOD_PTRACE: where that cannot be had, as if capkeep had not been asked */
    const char *argv0; /* what the launcher is called, or NULL for command[0] */
    char **command;    /* not empty */
};

/* Returns 0, or an exit status with the reason on stderr. Ends the process for --help. */
int ck_run_options_read(int argc, char *argv[], struct ck_run_options *ret_options);

/*
 * Puts the policy of the options into the environment, in which it travels, to ourselves as well: the shim's own loader
 * judges it. Returns as above.
 */
int ck_run_options_export(const struct ck_run_options *options);
