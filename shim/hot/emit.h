/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Sends one finished line to the log: never blocks, never raises a signal, never allocates, keeps no descriptor. */
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "../core/record.h"

enum ck_log_kind {
    CK_LOG_SYSLOG, /* a datagram to /dev/log, facility authpriv; no daemon there is no error */
    CK_LOG_NONE,
    CK_LOG_STDERR,
    CK_LOG_FILE,
};

/* In front of a line: "<84>capkeep[4194304]: ". */
#define CK_PREFIX_MAX 64

struct ck_log {
    char path[PATH_MAX]; /* of CK_LOG_FILE: absolute */
    enum ck_log_kind kind;
    enum ck_log_scope scope;
    pid_t pid; /* in whose name it is written, or 0: this process's own */
};

/* Whether it asks for what no rule is for. */
static inline bool ck_log_wants_all(const struct ck_log *log)
{
    return log->scope == CK_LOG_ALL && log->kind != CK_LOG_NONE;
}

enum ck_log_level { CK_LEVEL_WARNING = 4, CK_LEVEL_INFO = 6 }; /* syslog(3)'s numbers */

/*
 * Opens the log while that is still allowed: to the user that the process is about to become it may not be. Returns a
 * descriptor for ck_emit, to be closed by ck_emit_close, or -1 where there is nothing to open beforehand.
 */
int ck_emit_open(const struct ck_log *log);
void ck_emit_close(int fd);

/*
 * Whether descriptor 2 is open, and no socket: at the other end of one is somebody whom a log is none of the business
 * of, a client of an inetd service.
 */
bool ck_emit_has_stderr(void);

/* A line with what stands in front of it, in `buffer` of more than CK_PREFIX_MAX bytes; the caller writes on. */
struct ck_text ck_emit_start(const struct ck_log *log, enum ck_log_level level, char *buffer, size_t size);

/*
 * Sends what was started so, without a line end. `fd` is that of ck_emit_open, or -1. What cannot go to its file, or to
 * stderr, goes to syslog. A line that finds no room, no reader or no daemon is lost; that is all that it costs.
 */
void ck_emit(const struct ck_log *log, int fd, struct ck_text *line);

/* The same for a whole line, at once. */
void ck_emit_line(const struct ck_log *log, enum ck_log_level level, const char *line);
