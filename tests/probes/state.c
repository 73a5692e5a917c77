/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state.h"

#include <limits.h>
#include <string.h>
#include <sys/prctl.h>

static const char *const keys[] = {
    "Name:",   "Uid:",    "Gid:",    "Groups:", "NoNewPrivs:", "SigPnd:", "ShdPnd:", "SigBlk:",
    "SigIgn:", "SigCgt:", "CapInh:", "CapPrm:", "CapEff:",     "CapBnd:", "CapAmb:",
};

static int is_wanted(const char *line)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strncmp(line, keys[i], strlen(keys[i])) == 0)
            return 1;
    }
    return 0;
}

int state_print_task(FILE *out, const char *task)
{
    char path[PATH_MAX];
    char line[4096];
    int lines = 0;

    (void)snprintf(path, sizeof(path), "%s/status", task); /* callers' paths are short */
    FILE *status = fopen(path, "re");
    if (status == NULL)
        return -1;
    while (fgets(line, sizeof(line), status) != NULL) {
        if (is_wanted(line)) {
            fputs(line, out);
            lines++;
        }
    }
    fclose(status);
    return lines > 0 ? 0 : -1;
}

void state_print_own(FILE *out)
{
    fprintf(out, "Securebits:\t%#x\n", (unsigned)prctl(PR_GET_SECUREBITS));
    fprintf(out, "KeepCaps:\t%d\n", prctl(PR_GET_KEEPCAPS));
}
