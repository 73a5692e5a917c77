#pragma once
/*
 * Options as getopt_long(3) reads them, and the one way in which all verbs tell what is wrong with one. argv[0] is the
 * verb; everything wrong is told in one line on stderr.
 */
#include <getopt.h>

/* The next option's value in `options`, -1 behind the last one, '?' for a wrong one. `letters` begins with ":" or "+:". */
int ck_options_next(int argc, char *argv[], const char *letters, const struct option *options);

/* Which of `words` (NULL behind the last) an option's value is; -1 for none of them. `option` as "--format". */
int ck_options_choose(const char *verb, const char *option, const char *value, const char *const words[]);
