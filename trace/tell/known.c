/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ck_known *ck_known_new(const struct ck_known *parent)
{
    struct ck_known *known = calloc(1, sizeof(*known));

    if (known == NULL || parent == NULL)
        return known;
    *known = *parent;
    known->denied_mask = known->refused_mask = known->used_mask = known->here_mask = 0;
    (void)ck_shared_take(known->groups); /* there were counted already what this copy points to */
    (void)ck_shared_take(known->exe);
    (void)ck_shared_take(known->asked);
    ck_places_copy(&known->places, &parent->places);
    return known;
}

void ck_known_free(struct ck_known *known)
{
    if (known == NULL)
        return;
    ck_shared_drop(known->groups);
    ck_shared_drop(known->exe);
    ck_shared_drop(known->asked);
    ck_places_free(&known->places);
    free(known);
}

void ck_known_set(struct ck_known *known, const struct ck_proc *proc)
{
    known->ppid = proc->ppid;
    memcpy(known->comm, proc->comm, sizeof(known->comm));
    known->thread = proc->thread;
    ck_shared_set(&known->groups, proc->groups, proc->thread.group_count * sizeof(proc->groups[0]));
    known->thread.groups = ck_shared_data(known->groups);
    if (known->groups == NULL)
        known->thread.group_count = 0;
}

const char *ck_known_exe(const struct ck_known *known)
{
    return known->exe != NULL ? ck_shared_data(known->exe) : "?";
}

const char *ck_known_asked(const struct ck_known *known)
{
    return known->asked != NULL ? ck_shared_data(known->asked) : "";
}

void ck_known_place(const struct ck_known *known, pid_t pid, char *ret_path, size_t size)
{
    const char *asked = ck_known_asked(known);

    (void)snprintf(ret_path, size, "/proc/%d/%s%s", pid, asked[0] == '/' ? "root" : "cwd/", asked); /* it fits */
}
