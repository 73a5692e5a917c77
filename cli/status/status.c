/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/describe.h"
#include "../common/exit.h"
#include "../common/json.h"
#include "../common/number.h"
#include "../../trace/proc/proc.h"
#include "../common/table.h"
#include "../verbs.h"
#include "keeper.h"
#include "used.h"

static const char *const headings[] = {"PID",        "USER",      "COMMAND",     "NNP",     "KEEPER",
                                       "PERMITTED",  "EFFECTIVE", "INHERITABLE", "AMBIENT", "BOUNDING",
                                       "SECUREBITS", "POLICY",    "USED",        "UNUSED"};

enum { COLUMN_COUNT = sizeof(headings) / sizeof(headings[0]), USED_COUNT = 2 };

struct status {
    int64_t duration; /* of --used, in milliseconds; or 0 */
    struct ck_used *used;
    bool all;
    bool json;
    bool is_outdated;    /* a process has an older policy or library than there is now */
    uint64_t known_mask; /* what the kernel knows */
    struct ck_table table;
    struct json_object *array;
};

/* --- one process */

static void describe_keeper(const struct ck_keeper *keeper, struct ck_text *text)
{
    switch (keeper->kind) {
    case CK_KEEPER_NOTHING:
        ck_text_char(text, '-');
        break;
    case CK_KEEPER_HIDDEN:
        ck_text_char(text, '?');
        break;
    case CK_KEEPER_BELOW:
        ck_text_string(text, "below ");
        ck_text_printable(text, keeper->comm);
        break;
    case CK_KEEPER_LIBRARY:
    case CK_KEEPER_SUPERVISOR:
    case CK_KEEPER_FILE:
    case CK_KEEPER_UNKNOWN:
        ck_text_string(text, ck_keeper_word(keeper));
    }
    if (keeper->origin.is_replaced > 0)
        ck_text_string(text, " (replaced)");
}

static bool has_policy(const struct ck_keeper *keeper)
{
    return keeper->kind == CK_KEEPER_LIBRARY || keeper->kind == CK_KEEPER_SUPERVISOR;
}

static const char *source_word(const struct ck_origin *origin)
{
    static const char *const words[] = {
        [CK_ORIGIN_UNKNOWN] = NULL, [CK_ORIGIN_NONE] = "none",           [CK_ORIGIN_ENVIRONMENT] = "environment",
        [CK_ORIGIN_FILE] = "file",  [CK_ORIGIN_INSTALLED] = "installed",
    };

    return words[origin->source];
}

static void describe_policy(const struct ck_keeper *keeper, struct ck_text *text)
{
    const struct ck_origin *origin = &keeper->origin;

    if (!has_policy(keeper)) {
        ck_text_char(text, '-');
        return;
    }
    if (origin->source == CK_ORIGIN_UNKNOWN)
        ck_text_char(text, '?');
    else if (origin->source == CK_ORIGIN_ENVIRONMENT || origin->source == CK_ORIGIN_NONE)
        ck_text_string(text, source_word(origin));
    if (origin->source == CK_ORIGIN_ENVIRONMENT && origin->file[0] != '\0')
        ck_text_string(text, " and ");
    ck_text_printable(text, origin->file);
    if (origin->is_changed > 0)
        ck_text_string(text, " (changed)");
}

enum { SET_COUNT = 7 };

/* What it has not was asked for with another's capabilities, as overlayfs does (ovl_override_creds). */
static uint64_t used_of(const struct status *status, const struct ck_proc *proc)
{
    return status->used != NULL ? ck_used_mask(status->used, proc->pid) & proc->thread.caps.permitted : 0;
}

static void add_row(struct status *status, const struct ck_proc *proc, const struct ck_keeper *keeper)
{
    const struct ck_thread *thread = &proc->thread;
    uint64_t used_mask = used_of(status, proc);
    const uint64_t sets[] = {thread->caps.permitted,
                             thread->caps.effective,
                             thread->caps.inheritable,
                             thread->caps.ambient,
                             thread->caps.bounding,
                             used_mask,
                             thread->caps.permitted & ~used_mask};
    char pid[16];
    char user[512];
    char comm[4 * sizeof(proc->comm)];
    char names[SET_COUNT][2048];
    char keeper_name[4 * sizeof(keeper->comm) + 32];
    char policy[4 * PATH_MAX];
    struct ck_text keeper_text = ck_text_start(keeper_name, sizeof(keeper_name));
    struct ck_text policy_text = ck_text_start(policy, sizeof(policy));
    struct ck_text user_text = ck_text_start(user, sizeof(user));
    struct ck_text comm_text = ck_text_start(comm, sizeof(comm));

    (void)snprintf(pid, sizeof(pid), "%ld", (long)proc->tid); /* it fits */
    ck_describe_user(&user_text, thread->uids.effective);
    ck_text_printable(&comm_text, proc->comm);
    describe_keeper(keeper, &keeper_text);
    describe_policy(keeper, &policy_text);
    for (int i = 0; i < SET_COUNT; i++) {
        struct ck_text text = ck_text_start(names[i], sizeof(names[i]));
        ck_describe_caps(&text, sets[i], status->known_mask);
    }
    const char *const cells[COLUMN_COUNT] = {
        pid,         user,     comm,     thread->no_new_privs ? "yes" : "no",
        keeper_name, names[0], names[1], names[2],
        names[3],    names[4], "-",      policy,
        names[5],    names[6],
    };
    ck_table_add(&status->table, cells);
}

static struct json_object *known_bool(int answer)
{
    return answer < 0 ? NULL : ck_json_bool(answer > 0);
}

static struct json_object *policy_object(const struct ck_keeper *keeper)
{
    const struct ck_origin *origin = &keeper->origin;
    struct json_object *object;

    if (!has_policy(keeper) || origin->source == CK_ORIGIN_UNKNOWN)
        return NULL;
    object = ck_json_object();
    ck_json_set(object, "source", ck_json_text(source_word(origin)));
    ck_json_set(object, "file", origin->file[0] != '\0' ? ck_json_text(origin->file) : NULL);
    ck_json_set(object, "changed", origin->file[0] != '\0' ? known_bool(origin->is_changed) : NULL);
    return object;
}

static void add_object(struct status *status, const struct ck_proc *proc, const struct ck_keeper *keeper)
{
    int has_library = ck_proc_has_library(proc->pid);
    const struct ck_thread *thread = &proc->thread;
    struct json_object *object = ck_json_object();
    char user[512];
    struct ck_text user_text = ck_text_start(user, sizeof(user));

    ck_describe_user(&user_text, thread->uids.effective);
    ck_json_set(object, "pid", ck_json_number(proc->tid));
    ck_json_set(object, "user", ck_json_text(user));
    ck_json_set(object, "command", ck_json_text(proc->comm));
    ck_json_set(object, "uid", ck_json_ids(thread->uids.real, thread->uids.effective, thread->uids.saved));
    ck_json_set(object, "caps", ck_json_capset(&thread->caps));
    ck_json_set(object, "securebits", NULL);
    ck_json_set(object, "no_new_privs", ck_json_bool(thread->no_new_privs));
    ck_json_set(object, "shim", known_bool(has_library));
    ck_json_set(object, "kept_by", ck_json_text(ck_keeper_word(keeper)));
    ck_json_set(object, "keeper", keeper->pid != 0 ? ck_json_number(keeper->pid) : NULL);
    ck_json_set(object, "replaced", has_policy(keeper) ? known_bool(keeper->origin.is_replaced) : NULL);
    ck_json_set(object, "policy", policy_object(keeper));
    if (status->used != NULL) {
        ck_json_set(object, "used", ck_json_caps(used_of(status, proc)));
        ck_json_set(object, "unused", ck_json_caps(thread->caps.permitted & ~used_of(status, proc)));
    }
    ck_json_append(status->array, object);
}

static void add(struct status *status, const struct ck_proc *proc, const struct ck_keeper *keeper)
{
    status->is_outdated |= keeper->origin.is_replaced > 0 || keeper->origin.is_changed > 0;
    if (status->json)
        add_object(status, proc, keeper);
    else
        add_row(status, proc, keeper);
}

/* --- which ones */

static int add_pids(struct status *status, char *const pids[])
{
    int exit_status = 0;

    for (; *pids != NULL; pids++) {
        struct ck_keeper keeper;
        struct ck_proc proc;
        pid_t pid;

        (void)ck_number_pid(*pids, &pid); /* it was one a moment ago */
        int result = ck_proc_read(pid, &proc);
        if (result == 0) {
            ck_keeper_find(&proc, &keeper);
            add(status, &proc, &keeper);
            continue;
        }
        (void)ck_fail("status", "process %s: %s", *pids,
                      result == -ENOENT ? "no such process" : strerror(-result)); /* the others are told of */
        exit_status = 1;
    }
    return exit_status;
}

static int add_processes(struct status *status)
{
    pid_t *pids;
    int count = ck_proc_list(0, &pids);

    if (count < 0)
        return ck_fail("status", "/proc: %s", strerror(-count));
    for (int i = 0; i < count; i++) {
        struct ck_keeper keeper;
        struct ck_proc proc;

        if (ck_proc_read(pids[i], &proc) < 0)
            continue; /* it has ended, or is hidden from us (hidepid) */
        ck_keeper_find(&proc, &keeper);
        bool is_launcher = has_policy(&keeper) || ck_proc_has_library(pids[i]) == 1;
        /* What is ambient is inheritable. */
        if (status->all || proc.thread.caps.inheritable != 0 || is_launcher)
            add(status, &proc, &keeper);
    }
    free(pids);
    return 0;
}

static int take(void *context, const struct ck_given *given)
{
    struct status *status = context;

    switch ((enum ck_status_option)given->id) {
    case CK_STATUS_ALL:
        status->all = true;
        return 0;
    case CK_STATUS_FORMAT:
        status->json = given->word == 1;
        return 0;
    case CK_STATUS_USED:
        return ck_number_take_duration("status", given, &status->duration);
    }
    return CK_EXIT_FAILED;
}

static int check_operands(const struct status *status, char *const pids[])
{
    if (status->all && *pids != NULL)
        return ck_fail("status", "either --all or PIDs");
    for (; *pids != NULL; pids++) {
        pid_t pid;
        if (ck_number_pid(*pids, &pid) < 0)
            return ck_fail("status", "not a process ID: %s", *pids);
    }
    return 0;
}

static int watch(struct status *status)
{
    int result = ck_used_watch(status->duration, &status->used);

    if (result < 0)
        return ck_fail("status", "--used: the kernel does not tell (%s): it takes Linux 6.14, and CAP_SYS_ADMIN",
                       strerror(-result));
    if (ck_used_missed_some(status->used))
        fputs("capkeep: status: the kernel had more to tell than there was room for: more may have been used\n",
              stderr);
    return 0;
}

int ck_verb_status(int argc, char *argv[])
{
    struct status status = {.known_mask = ck_describe_known_caps()};
    int exit_status;

    if (!ck_options_read(&ck_status_table, argc, argv, take, &status, &exit_status))
        return exit_status;
    exit_status = check_operands(&status, argv + optind);
    if (exit_status == 0 && status.duration != 0)
        exit_status = watch(&status);
    if (exit_status != 0)
        return exit_status;
    if (status.json)
        status.array = ck_json_array();
    else
        ck_table_start(&status.table, headings, COLUMN_COUNT - (status.used == NULL ? USED_COUNT : 0));
    exit_status = optind < argc ? add_pids(&status, argv + optind) : add_processes(&status);
    if (exit_status == CK_EXIT_FAILED)
        return exit_status;
    if (status.json)
        ck_json_print(status.array, stdout);
    else
        ck_table_print(&status.table, stdout);
    if (status.is_outdated && !status.json)
        puts("(changed), (replaced): since the process was started, which goes on with what it has; restart it");
    return exit_status;
}
