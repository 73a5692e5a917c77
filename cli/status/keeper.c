/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "keeper.h"

#include <stdlib.h>
#include <string.h>

#include "../../model/file_caps.h"
#include "../common/executable.h"

/* A longer way up is none. */
#define ANCESTORS_MAX 64

static bool is_command(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash != NULL ? slash + 1 : path, "capkeep") == 0;
}

/* `capkeep trace` traces as well, and keeps nothing. */
static bool is_supervisor(pid_t pid)
{
    char **words;
    int count = ck_proc_read_words(pid, "cmdline", &words);

    if (count < 0)
        return false;
    bool is_one = count > 1 && is_command(words[0]) && strcmp(words[1], "run") == 0;
    free(words);
    return is_one;
}

/* Whether it is the library, or a supervisor, that keeps something in this process. Negative: hidden. */
static int find_own(const struct ck_proc *proc, struct ck_keeper *keeper)
{
    struct ck_proc_library library;

    if (proc->tracer != 0 && is_supervisor(proc->tracer)) {
        keeper->kind = CK_KEEPER_SUPERVISOR;
        keeper->pid = proc->tracer;
        ck_origin_of_supervisor(proc->tracer, &keeper->origin);
        return 1;
    }
    int result = ck_proc_find_library(proc->pid, &library);
    if (result <= 0)
        return result;
    ck_origin_of_library(proc, &library, &keeper->origin);
    keeper->kind = CK_KEEPER_LIBRARY;
    return !keeper->origin.is_disabled;
}

static bool find_above(const struct ck_proc *proc, struct ck_keeper *keeper)
{
    struct ck_proc above;
    pid_t pid = proc->ppid;

    for (unsigned i = 0; i < ANCESTORS_MAX && pid > 0 && ck_proc_read(pid, &above) == 0; i++) {
        struct ck_keeper own;

        if (find_own(&above, &own) > 0) {
            keeper->kind = CK_KEEPER_BELOW;
            keeper->pid = pid;
            strcpy(keeper->comm, above.comm);
            return true;
        }
        pid = above.ppid;
    }
    return false;
}

static bool has_file_caps(pid_t pid)
{
    static struct ck_executable executable;
    struct ck_file_caps caps;
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid); /* it fits */
    if (ck_executable_look(path, &executable) < 0)
        return false;
    const struct ck_file *file = ck_executable_file(&executable);
    return file->caps != NULL && ck_file_caps_parse(file->caps, file->caps_length, &caps) == 0;
}

/* With a uid 0 it is root's own affair what it has. */
static bool has_something(const struct ck_thread *thread)
{
    return thread->caps.ambient != 0 || (thread->caps.permitted != 0 && !ck_uids_any_root(&thread->uids));
}

void ck_keeper_find(const struct ck_proc *proc, struct ck_keeper *ret_keeper)
{
    *ret_keeper = (struct ck_keeper){.kind = CK_KEEPER_NOTHING};
    int own = find_own(proc, ret_keeper);
    if (own > 0)
        return;
    *ret_keeper = (struct ck_keeper){.kind = CK_KEEPER_NOTHING};
    if (!has_something(&proc->thread)) {
        if (own < 0)
            ret_keeper->kind = CK_KEEPER_HIDDEN;
        return;
    }
    if (proc->thread.caps.ambient == 0 && has_file_caps(proc->pid))
        ret_keeper->kind = CK_KEEPER_FILE;
    else if (!find_above(proc, ret_keeper))
        ret_keeper->kind = own < 0 ? CK_KEEPER_HIDDEN : CK_KEEPER_UNKNOWN;
}

const char *ck_keeper_word(const struct ck_keeper *keeper)
{
    static const char *const words[] = {
        [CK_KEEPER_NOTHING] = "nothing", [CK_KEEPER_LIBRARY] = "library", [CK_KEEPER_SUPERVISOR] = "supervisor",
        [CK_KEEPER_BELOW] = "below",     [CK_KEEPER_FILE] = "file",       [CK_KEEPER_UNKNOWN] = "unknown",
        [CK_KEEPER_HIDDEN] = NULL,
    };

    return words[keeper->kind];
}
