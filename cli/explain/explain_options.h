#pragma once
/* The command line of `capkeep explain`. */
#include <stdbool.h>
#include <sys/types.h>

enum ck_explain_from { CK_FROM_ANY, CK_FROM_CURRENT, CK_FROM_ROOT };

struct ck_explain_options {
    char *ambient; /* NULL where not given; several add up */
    const char *policy;
    const char *user;
    const char *launcher;
    const char *program; /* NULL with a pid */
    pid_t pid;           /* 0 where not given */
    enum ck_explain_from from;
    bool json;
};

/* Returns 0, or an exit status with the reason on stderr. Ends the process for --help. */
int ck_explain_options_read(int argc, char *argv[], struct ck_explain_options *ret_options);

/* Whether a launch is to be predicted: else PROGRAM is told of as a launcher. */
bool ck_explain_options_has_launch(const struct ck_explain_options *options);
