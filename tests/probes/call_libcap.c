/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A launcher that manages its own capabilities by one of the two libraries for that. */
#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>

#include "call_caps.h"

/* libcap: everything off but what is named, as text ("cap_kill=p"). */
void call_libcap(struct call *call, const char *operand)
{
    cap_t caps = cap_from_text(operand);

    (void)call;
    if (caps == NULL)
        exit(99);
    errno = CALL_ERRNO_UNTOUCHED;
    int result = cap_set_proc(caps);
    call_report("cap_set_proc", result, errno);
    cap_free(caps);
}

void call_libcap_reset_ambient(struct call *call, const char *operand)
{
    (void)call;
    (void)operand;
    errno = CALL_ERRNO_UNTOUCHED;
    int result = cap_reset_ambient();
    call_report("cap_reset_ambient", result, errno);
}

/* libcap-ng: "caps", "bounds" or "both", cleared and applied. */
void call_libcapng(struct call *call, const char *operand)
{
    capng_select_t which = CAPNG_SELECT_BOTH;

    (void)call;
    if (strcmp(operand, "caps") == 0)
        which = CAPNG_SELECT_CAPS;
    else if (strcmp(operand, "bounds") == 0)
        which = CAPNG_SELECT_BOUNDS;
    capng_clear(which);
    int result = capng_apply(which);
    printf("capng_apply = %d\n", result);
}
