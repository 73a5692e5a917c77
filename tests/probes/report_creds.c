/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report_creds LAST-CAP: writes its own state to the shared memory that kernel_compare left open. It is executed with
 * all kinds of ids and file capabilities, so it is static and asks nothing of its surroundings.
 */
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "compare_state.h"

int main(int argc, char *argv[])
{
    const int access = PROT_READ | PROT_WRITE;
    struct compare_report *report = mmap(NULL, sizeof(*report), access, MAP_SHARED, COMPARE_REPORT_FD, 0);

    if (argc < 2 || report == MAP_FAILED)
        return 99;
    /* As the interpreter of a script it is given the script's name first. */
    compare_state_read((unsigned)atoi(argv[argc - 1]), &report->after);
    report->secure = getauxval(AT_SECURE);
    report->done = 1;
    return 0;
}
