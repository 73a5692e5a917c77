/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The forms in which `capkeep trace` tells its events. */
#include <stdio.h>

#include "../../trace/tell/event.h"

/* What the whole trace came to. */
struct ck_trace_totals {
    unsigned processes;
    unsigned execs;
    unsigned changes;
    unsigned denials;
    unsigned refusals;
    bool exact; /* denials are the kernel's word */
};

struct ck_trace_form {
    /* `command` is empty where a process was attached. */
    void (*begin)(FILE *out, char *const command[]);
    /* Returns whether a line is kept back, which may be told in one with the next. */
    bool (*event)(FILE *out, const struct ck_trace_event *event);
    /* Tells what is kept back: nothing has come for a while. NULL where never anything is. */
    void (*pause)(FILE *out);
    /* `suggestion` is some lines of text, or NULL where none was asked for. */
    void (*end)(FILE *out, const struct ck_trace_totals *totals, const char *suggestion);
};

/* For a person: a tree in the order of time, of denials that repeat themselves one line. In colour where `out` is a terminal and NO_COLOR is not set. */
extern const struct ck_trace_form ck_trace_text;

/* For programs: one object a line. */
extern const struct ck_trace_form ck_trace_json;

/* For a browser: one file that holds everything. */
extern const struct ck_trace_form ck_trace_html;
