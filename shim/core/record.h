/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* One line of the log: who, what, which rule, what was kept, what was lost and why, as key=value. Pure. */
#include "decide.h"
#include "text.h"

/* Below PIPE_BUF, so that a line is never torn. Room for all capabilities and for the longest of all fields. */
#define CK_LINE_MAX 2048
/* Of a name or a path, written out. What does not fit must not cost the line its end, where the reasons are. */
#define CK_FIELD_MAX 256

enum ck_event {
    CK_EVENT_VERDICT,  /* what came of a change or an exec: "kept", "not-kept" or "refused" */
    CK_EVENT_REACH,    /* a launcher is about to start in which there will be no library: "out-of-reach" */
    CK_EVENT_DROPPED,  /* the launcher itself has dropped something that was kept: "dropped" */
    CK_EVENT_NO_MATCH, /* a change, or an exec that completes one, that no rule is for: "no-match" */
    CK_EVENT_RIVAL,    /* a supervised program cannot trace what the supervisor traces: "cannot-trace" */
};

/* Which lines are wanted (LogLevel=). */
enum ck_log_scope {
    CK_LOG_CHANGES, /* the default: what was kept as well */
    CK_LOG_FAILURES,
    CK_LOG_ALL, /* the changes that no rule is for, too */
};

struct ck_record {
    enum ck_event event;
    pid_t thread; /* 0 where the whole process is meant, or where it has no other */
    const char *comm;
    const char *launcher;
    bool is_self; /* the launcher is this process, and its executable what /proc says, where it says so */
    const char *call;
    const char *program; /* NULL where no program is started */
    const char *rule;    /* NULL where it is not any one */
    const char *awaited; /* the Program= that something of the verdict is for, and that is not executed; or NULL */
    const struct ck_uids *before;
    const struct ck_uids *after;
    const struct ck_verdict *verdict;
    const struct ck_miss *miss; /* of CK_EVENT_NO_MATCH */
    enum ck_reach reach;        /* of CK_EVENT_REACH */
    bool is_supervised;         /* of CK_EVENT_REACH: it is started under a supervisor */
    bool refused;               /* the exec fails with EPERM for it */
};

/* Something that was asked for is missing, or something stayed that should not: a warning, not just news. */
bool ck_record_is_warning(const struct ck_record *record);

/*
 * Something that was asked for has failed. That a program was executed which is not the rule's Program= is none: where
 * cron starts a user's other jobs, the rule says so itself.
 */
bool ck_record_is_failure(const struct ck_record *record);

/* Appends the fields to `text`, without a line end. Every value that comes from outside is escaped. */
void ck_record_format(const struct ck_record *record, struct ck_text *text);
