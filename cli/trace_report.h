#pragma once
/* The forms in which `capkeep trace` tells its events. */
#include <stdio.h>

#include "../trace/event.h"

/* What the whole trace came to. */
struct ck_trace_totals {
    unsigned processes;
    unsigned execs;
    unsigned changes;
    unsigned denials;
    bool exact; /* denials are the kernel's word */
};

struct ck_trace_form {
    void (*begin)(FILE *out);
    void (*event)(FILE *out, const struct ck_trace_event *event);
    void (*end)(FILE *out, const struct ck_trace_totals *totals);
};

/* For a person: a tree in the order of time. In colour where `out` is a terminal and NO_COLOR is not set. */
extern const struct ck_trace_form ck_trace_text;

/* For programs: one object a line. */
extern const struct ck_trace_form ck_trace_json;
