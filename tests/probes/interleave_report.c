/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * interleave_report SLOT: writes its own state there in the record of `interleave`. Static: it is to be what the exec has
 * made it, without a library that could change that again.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interleave_record.h"

static uint64_t look_at_environment(void)
{
    uint64_t found = 0;

    for (char **entry = environ; *entry != NULL; entry++) {
        if (strncmp(*entry, "LD_PRELOAD=", 11) == 0)
            found |= INTERLEAVE_HAS_PRELOAD;
        else if (strncmp(*entry, "CAPKEEP_", 8) == 0)
            found |= INTERLEAVE_HAS_POLICY;
        else if (strcmp(*entry, "INTERLEAVE=1") == 0)
            found |= INTERLEAVE_HAS_OTHERS;
    }
    return found;
}

int main(int argc, char *argv[])
{
    struct interleave_record *record =
        mmap(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED, INTERLEAVE_RECORD_FD, 0);
    int slot = argc > 1 ? atoi(argv[1]) : REPORT_COUNT;

    if (record == MAP_FAILED || slot < 0 || slot >= REPORT_COUNT)
        return 99;
    struct interleave_report *report = &record->report[slot];
    if (interleave_state_read("/proc/self/status", &report->state) < 0)
        return 98;
    report->environment = look_at_environment();
    report->done++;
    return 0;
}
