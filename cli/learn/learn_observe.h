#pragma once
/* Looks on at a run: which capabilities the kernel was asked for, in which calls. */
#include <sys/types.h>

#include "learn_report.h"

struct ck_learn_observer;

/*
 * Takes on the command, which has not been executed yet. Returns NULL, with the reason in the report, where it cannot be
 * traced; it can be run all the same.
 */
struct ck_learn_observer *ck_learn_observe(pid_t command, struct ck_learn_report *report);

/* Until it has ended; what it has started is let go then. */
void ck_learn_follow(struct ck_learn_observer *observer);
