#pragma once
/* For want of which capability a call has failed: by the kernel's word, or by a likely guess. */
#include "session_work.h"

/* Takes note of what the kernel has denied since the last time. */
void ck_failure_drain(struct ck_session *session);

/* After a call that has failed with `error`, EPERM or EACCES: tells the denial, if it was one. */
void ck_failure_look(struct ck_session *session, struct ck_tracee *tracee, int error);
