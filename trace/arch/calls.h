/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* The system calls that are watched: why, and which capability one is likely to have wanted where it is denied. */
#include <stddef.h>

enum ck_watch_kind {
    CK_WATCH_UID,    /* setuid and its kin */
    CK_WATCH_GID,    /* setgid and its kin, setgroups: what an exec makes of the sets depends on them */
    CK_WATCH_CAPS,   /* capset, prctl */
    CK_WATCH_EXEC,   /* execve, execveat */
    CK_WATCH_USERNS, /* unshare, setns: what may enter a user namespace */
    CK_WATCH_CLONE,  /* what may create a thread in another user namespace */
    CK_WATCH_PTRACE, /* ptrace: what is traced here may be a tracer itself */
    CK_WATCH_NEEDS,  /* what may be denied for want of a capability */
};

/* The errors with which a call says that it wanted more privilege. */
#define CK_DENIED_EPERM 1U
#define CK_DENIED_EACCES 2U

struct ck_watched {
    char name[24];
    enum ck_watch_kind kind;
    unsigned denied; /* of the above; 0 where its arguments decide (tell/needs), or where it wants nothing */
    unsigned cap;
};

extern const struct ck_watched ck_calls[];
extern const size_t ck_calls_count;

/* The one with this name, or NULL. i386 has two of some: chown, and chown32 for ids of 32 bits. */
const struct ck_watched *ck_calls_find(const char *name);
