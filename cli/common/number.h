#pragma once
/* Numbers on the command line. */
#include <sys/types.h>

/* A whole decimal process ID. Returns 0 or -EINVAL. */
int ck_number_pid(const char *text, pid_t *ret_pid);
