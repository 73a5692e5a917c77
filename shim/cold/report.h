/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Where the loader says what is wrong with a policy: the shim keeps the first sentence, the command prints them all. */

struct ck_report {
    /* `file` is NULL for the environment; `line` is 0 where the whole file is meant. */
    void (*say)(struct ck_report *report, const char *file, unsigned line, const char *text);
    /* The same for what is no mistake but probably not meant. NULL: it is one. */
    void (*warn)(struct ck_report *report, const char *file, unsigned line, const char *text);
    unsigned count;       /* of the mistakes that have been said */
    unsigned aside_count; /* of those: in rules of which it is known for which launchers they are (is_broken) */
};

static inline void ck_report_error(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    report->count++;
    report->say(report, file, line, text);
}

static inline void ck_report_warning(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    if (report->warn != NULL)
        report->warn(report, file, line, text);
    else
        ck_report_error(report, file, line, text);
}
