/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* A case, carried out in a process of its own, with the library in it. */
#include "interleave_case.h"

/* Behind how many of the outer operation's calls each of the inner one's comes. */
struct interleave_order {
    int behind[INTERLEAVE_STEPS_MAX];
};

/* Instead: in the middle, by the parent, which traces it; or not at all. */
enum { BEHIND_TRACED = -1, BEHIND_NEVER = -2 };

/* The programs are DIRECTORY/a, which the outer operation executes, and DIRECTORY/b, which the inner one does. */
void interleave_perform_prepare(const char *directory, struct interleave_record *record);

/* Ends the process. */
void interleave_perform(const struct interleave_case *the_case, const struct interleave_order *order)
    __attribute__((noreturn));
