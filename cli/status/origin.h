/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Where the policy comes from that a process has loaded, and whether what it has loaded is still what is there. */
#include <limits.h>
#include <stdbool.h>

#include "../../trace/proc/proc.h"

enum ck_origin_source {
    CK_ORIGIN_UNKNOWN,     /* /proc does not tell */
    CK_ORIGIN_NONE,        /* it has none: there is no installed file; or it is a program with Descendants=no */
    CK_ORIGIN_ENVIRONMENT, /* a rule of its environment, or of the options of its supervisor; with a file, both */
    CK_ORIGIN_FILE,
    CK_ORIGIN_INSTALLED,
};

/* 1, 0, or negative: not to be known. */
struct ck_origin {
    enum ck_origin_source source;
    char file[PATH_MAX]; /* or the folder of the installed ones; "" for none */
    int is_changed;      /* since the process was created */
    int is_replaced;     /* the library, or the supervisor's file */
    bool is_disabled;    /* CAPKEEP_DISABLE */
};

/* Of a process that the library is in. */
void ck_origin_of_library(const struct ck_proc *proc, const struct ck_proc_library *library,
                          struct ck_origin *ret_origin);

/* Of a process that supervises. */
void ck_origin_of_supervisor(pid_t supervisor, struct ck_origin *ret_origin);
