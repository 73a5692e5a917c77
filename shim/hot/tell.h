#pragma once
/* What came of a change or an exec, told to the log. */
#include "../core/record.h"
#include "emit.h"

/* Fills in record->comm, the calling thread's name, and sends the line. */
void ck_tell(const struct ck_log *log, struct ck_record *record);
