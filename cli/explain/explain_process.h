#pragma once
/* `capkeep explain --pid`. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../../model/kernel.h"

/* Tells of a process; `wanted` is NULL, or a list of capabilities. Returns an exit status with the reason on stderr. */
int ck_explain_process(pid_t pid, const char *wanted, const struct ck_kernel *kernel, bool json);
