/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "origin.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shim/cold/load.h"
#include "../../shim/core/environ_rewrite.h"
#include "../common/options.h"
#include "../run/run_options.h"

/* --- what has changed */

/* As the process sees it, which may be in another root directory. */
static int look_from(pid_t pid, const char *path, struct stat *ret_stat)
{
    char theirs[PATH_MAX + 64];

    (void)snprintf(theirs, sizeof(theirs), "/proc/%ld/root%s", (long)pid, path); /* it fits */
    return stat(theirs, ret_stat) < 0 ? -errno : 0;
}

/* The kernel's clock for files goes by ticks, and so does that for processes. */
#define TICK 20000000L

static bool is_later(const struct timespec *time, const struct timespec *start)
{
    long long nanoseconds = (time->tv_sec - start->tv_sec) * 1000000000LL + time->tv_nsec - start->tv_nsec;

    return nanoseconds > TICK;
}

static bool has_own_root(pid_t pid)
{
    char path[64];
    char root[2];

    (void)snprintf(path, sizeof(path), "/proc/%ld/root", (long)pid); /* it fits */
    return readlink(path, root, sizeof(root)) != 1;
}

/* The time of the inode's change: a file that is moved into the place of another brings its own other times along. */
static int has_changed(pid_t pid, const char *path, const struct timespec *start)
{
    struct stat now;
    int result = path[0] == '/' ? look_from(pid, path, &now) : -EINVAL;

    /* A launcher that has changed its root directory since sees another file, or none. */
    if (result == -ENOENT)
        return has_own_root(pid) ? -ENOENT : 1;
    return result < 0 ? result : is_later(&now.st_ctim, start);
}

/* The path is one from our own root directory, unless the process is in another mount namespace (d_path). */
static int is_replaced(pid_t pid, const struct ck_proc_library *library, const struct timespec *start)
{
    struct stat now;
    int result = 0;

    if (!has_own_root(pid))
        result = look_from(pid, library->path, &now);
    else if (stat(library->path, &now) < 0)
        result = -errno;
    if (library->is_deleted || result == -ENOENT)
        return 1;
    return result < 0 ? result : now.st_ino != library->ino || is_later(&now.st_ctim, start);
}

/* --- the installed files */

/* The folder as well: a file that is gone leaves its mark there alone. */
static int have_drop_ins_changed(pid_t pid, const struct timespec *start)
{
    char path[PATH_MAX];
    const struct dirent *entry;
    int changed = has_changed(pid, CK_CONF_DROP_INS, start);

    (void)snprintf(path, sizeof(path), "/proc/%ld/root%s", (long)pid, CK_CONF_DROP_INS); /* it fits */
    DIR *directory = changed == 0 ? opendir(path) : NULL;
    while (directory != NULL && changed == 0 && (entry = readdir(directory)) != NULL) {
        (void)snprintf(path, sizeof(path), "%s/%s", CK_CONF_DROP_INS, entry->d_name); /* it fits */
        if (entry->d_name[0] != '.')
            changed = has_changed(pid, path, start);
    }
    if (directory != NULL)
        closedir(directory);
    return changed;
}

static void find_installed(pid_t pid, const struct timespec *start, struct ck_origin *origin)
{
    struct stat ignored;
    int file = look_from(pid, CK_CONF_FILE, &ignored);
    int folder = look_from(pid, CK_CONF_DROP_INS, &ignored);

    origin->source = file == -ENOENT && folder == -ENOENT ? CK_ORIGIN_NONE : CK_ORIGIN_INSTALLED;
    if (origin->source == CK_ORIGIN_NONE)
        return;
    strcpy(origin->file, CK_CONF_DIR);
    /* One that never was there is not gone. */
    origin->is_changed = file == -ENOENT ? 0 : has_changed(pid, CK_CONF_FILE, start);
    if (origin->is_changed == 0 && folder != -ENOENT)
        origin->is_changed = have_drop_ins_changed(pid, start);
}

/* --- the environment */

static void take_file(pid_t pid, const char *file, const struct timespec *start, struct ck_origin *origin)
{
    (void)snprintf(origin->file, sizeof(origin->file), "%s", file); /* a longer one is no file */
    origin->is_changed = has_changed(pid, file, start);
}

static void take_environment(pid_t pid, char *const *environment, const struct timespec *start,
                             struct ck_origin *origin)
{
    const char *file = ck_environ_find(environment, CK_VARIABLE_POLICY);
    bool has_rule = ck_environ_find(environment, ck_directive_variable(CK_AMBIENT)) != NULL ||
                    ck_environ_find(environment, ck_directive_variable(CK_IAB)) != NULL;
    struct ck_parse_error error;

    (void)ck_load_is_disabled(environment, &origin->is_disabled, &error); /* a mistake disables nothing */
    if (has_rule)
        origin->source = CK_ORIGIN_ENVIRONMENT;
    else if (file != NULL)
        origin->source = CK_ORIGIN_FILE;
    else
        find_installed(pid, start, origin);
    if (file != NULL)
        take_file(pid, file, start, origin);
}

/* By /etc/ld.so.preload: then the environment is somebody else's. */
static bool is_in_every_process(pid_t pid)
{
    char path[64];
    char *line = NULL;
    size_t size = 0;
    bool is_there = false;

    (void)snprintf(path, sizeof(path), "/proc/%ld/root/etc/ld.so.preload", (long)pid); /* it fits */
    FILE *stream = fopen(path, "re");
    while (stream != NULL && !is_there && getline(&line, &size, stream) > 0)
        is_there = strstr(line, CK_LIBRARY_NAME) != NULL;
    free(line);
    if (stream != NULL)
        (void)fclose(stream); /* read only: nothing is lost with it */
    return is_there;
}

void ck_origin_of_library(const struct ck_proc *proc, const struct ck_proc_library *library,
                          struct ck_origin *ret_origin)
{
    struct timespec start;
    char **environment;

    *ret_origin = (struct ck_origin){.is_changed = -1, .is_replaced = -1};
    if (ck_proc_read_start(proc->pid, &start) < 0)
        return;
    ret_origin->is_replaced = is_replaced(proc->pid, library, &start);
    if (ck_proc_read_words(proc->pid, "environ", &environment) < 0)
        return;
    const char *list = ck_environ_find(environment, "LD_PRELOAD");
    const char *entry;
    /* A set-user-ID launcher does not believe it (AT_SECURE). One that has written a title over it shows none. */
    bool is_believed =
        list != NULL && ck_preload_find(list, &entry) > 0 && proc->thread.uids.real == proc->thread.uids.effective;
    /* Descendants=no: a program, in which the library reads no policy any more. */
    if (ck_environ_find(environment, CK_VARIABLE_LOWER) != NULL)
        ret_origin->source = CK_ORIGIN_NONE;
    else if (is_believed)
        take_environment(proc->pid, environment, &start, ret_origin);
    else if (is_in_every_process(proc->pid))
        find_installed(proc->pid, &start, ret_origin);
    free(environment);
}

/* --- a supervisor */

struct reading {
    bool has_rule;
    const char *file;
};

static int take(void *context, const struct ck_given *given)
{
    struct reading *reading = context;

    reading->has_rule |= given->id == CK_RUN_DIRECTIVE(CK_AMBIENT) || given->id == CK_RUN_DIRECTIVE(CK_IAB);
    if (given->id == CK_RUN_POLICY)
        reading->file = given->value;
    return 0;
}

static int is_file_replaced(pid_t pid)
{
    static const char end[] = " (deleted)";
    char exe[PATH_MAX];
    size_t length;

    ck_proc_read_exe(pid, exe, sizeof(exe));
    length = strlen(exe);
    if (exe[0] != '/')
        return -1;
    return length >= sizeof(end) && strcmp(exe + length - (sizeof(end) - 1), end) == 0;
}

/* As `capkeep run` does: a policy of its options replaces that of its environment. */
static void take_options(pid_t pid, const struct reading *reading, const struct timespec *start,
                         struct ck_origin *origin)
{
    origin->source = reading->has_rule ? CK_ORIGIN_ENVIRONMENT : CK_ORIGIN_FILE;
    if (reading->file != NULL)
        take_file(pid, reading->file, start, origin);
}

void ck_origin_of_supervisor(pid_t supervisor, struct ck_origin *ret_origin)
{
    struct reading reading = {.file = NULL};
    struct timespec start;
    char **environment;
    char **words;
    int count = ck_proc_read_words(supervisor, "cmdline", &words);

    *ret_origin = (struct ck_origin){.is_changed = -1, .is_replaced = is_file_replaced(supervisor)};
    if (count < 0)
        return;
    bool is_known = count > 1 && ck_options_scan(&ck_run_table, count - 1, words + 1, take, &reading) &&
                    ck_proc_read_start(supervisor, &start) == 0;
    if (is_known && (reading.has_rule || reading.file != NULL)) {
        take_options(supervisor, &reading, &start, ret_origin);
    } else if (is_known && ck_proc_read_words(supervisor, "environ", &environment) >= 0) {
        take_environment(supervisor, environment, &start, ret_origin);
        free(environment);
    }
    free(words);
}
