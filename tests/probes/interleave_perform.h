#pragma once
/* A case, carried out in a process of its own, with the library in it. */
#include "interleave_case.h"

/* To be stopped and traced by the parent, which delivers the signal of the inner operation. */
#define SPLIT_TRACED (-1)

/* The programs are DIRECTORY/a, which the outer operation executes, and DIRECTORY/b, which the inner one does. */
void interleave_perform_prepare(const char *directory, struct interleave_record *record);

/* `split` is the number of outer steps behind which the inner operation comes, or SPLIT_TRACED. Ends the process. */
void interleave_perform(const struct interleave_case *the_case, int split) __attribute__((noreturn));
