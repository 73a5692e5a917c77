#pragma once
/*
 * The kernel's own word on each capability that was asked for and denied: the tracepoint capability:cap_capable (Linux
 * 6.14), read through perf_event_open(2). The tracepoint's number stands in tracefs, which is opened without being
 * mounted where anybody could see it. Needs CAP_PERFMON and CAP_SYS_ADMIN.
 */
#include <stdbool.h>
#include <sys/types.h>

struct ck_denials;

/*
 * For what `pid` and everything that it starts from now on is denied. Returns 0, or -errno where the kernel has no such
 * tracepoint or does not let us read it.
 */
int ck_denials_open(pid_t pid, struct ck_denials **ret_denials);
void ck_denials_close(struct ck_denials *denials);

/* Calls `each` for what has been denied since the last time. Cheap where that is nothing. */
typedef void ck_denial_function(void *context, pid_t tid, unsigned cap);
void ck_denials_drain(struct ck_denials *denials, ck_denial_function *each, void *context);
