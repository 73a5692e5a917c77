#pragma once
/* What came of a change or an exec, told to the log. */
#include "../core/record.h"
#include "emit.h"

/* Fills in record->comm, the calling thread's name, and sends the line. `fd` is that of ck_emit_open, or -1. */
void ck_tell(const struct ck_log *log, int fd, struct ck_record *record);
