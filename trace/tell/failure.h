/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* For want of which capability a call has failed: by the kernel's word, or by a likely guess. */
#include "session_work.h"

/* Takes note of what the kernel has denied since the last time. */
void ck_failure_drain(struct ck_session *session);

/* After a call that has failed with `error`, EPERM or EACCES: tells the denial, and returns true, if it was one. */
bool ck_failure_look(struct ck_session *session, struct ck_tracee *tracee, int error);

/* After a call that has succeeded: tells the capabilities by which it did, those that its program has not used before. */
void ck_failure_tell_used(struct ck_session *session, struct ck_tracee *tracee);
