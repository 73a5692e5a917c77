#pragma once
/* Where the loader says what is wrong with a policy: the shim keeps the first sentence, the command prints them all. */

struct ck_report {
    /* `file` is NULL for the environment; `line` is 0 where the whole file is meant. */
    void (*say)(struct ck_report *report, const char *file, unsigned line, const char *text);
    unsigned count; /* of what has been said */
};

static inline void ck_report_error(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    report->count++;
    report->say(report, file, line, text);
}
