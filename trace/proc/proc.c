/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shim/core/environ_rewrite.h"

/* --- status */

/* The lines that have to be there: a bit each. */
enum { LINE_UID = 1, LINE_GID = 2, LINE_CAPS = 4, LINES_NEEDED = 4 * 32 - 1 };

/* Decimal numbers with blanks between them. Returns how many there were, `max` at most. */
static unsigned read_numbers(const char *text, unsigned max, uint32_t *ret_numbers)
{
    unsigned count = 0;

    for (; count < max; count++) {
        char *end;
        unsigned long number = strtoul(text, &end, 10);

        if (end == text || number > UINT32_MAX)
            break;
        ret_numbers[count] = (uint32_t)number;
        text = end;
    }
    return count;
}

/* A set, where the key is that of one; returns its line's bit. */
static unsigned read_set(const char *key, const char *value, struct ck_capset *caps)
{
    const struct {
        const char *key;
        uint64_t *set;
    } sets[] = {
        {"CapPrm", &caps->permitted}, {"CapEff", &caps->effective}, {"CapInh", &caps->inheritable},
        {"CapAmb", &caps->ambient},   {"CapBnd", &caps->bounding},
    };

    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        if (strcmp(key, sets[i].key) != 0)
            continue;
        *sets[i].set = strtoull(value, NULL, 16);
        return (unsigned)LINE_CAPS << i;
    }
    return 0;
}

/* The kernel writes a line end and a backslash in a name as two characters (proc_task_name). */
static void read_name(const char *value, struct ck_proc *proc)
{
    size_t length = 0;

    while (*value != '\0' && length + 1 < sizeof(proc->comm)) {
        bool is_escaped = *value == '\\' && (value[1] == '\\' || value[1] == 'n');

        proc->comm[length++] = is_escaped && value[1] == 'n' ? '\n' : *value;
        value += is_escaped ? 2 : 1;
    }
    proc->comm[length] = '\0'; /* the kernel's own limit is shorter */
}

/* Returns which of the needed lines this was, 0 for another. */
static unsigned read_line(const char *key, const char *value, struct ck_proc *proc)
{
    struct ck_thread *thread = &proc->thread;
    uint32_t ids[4];

    if (strcmp(key, "Uid") == 0 && read_numbers(value, 4, ids) == 4) {
        thread->uids = (struct ck_uids){ids[0], ids[1], ids[2]};
        thread->fsuid = ids[3];
        return LINE_UID;
    }
    if (strcmp(key, "Gid") == 0 && read_numbers(value, 4, ids) == 4) {
        thread->gids = (struct ck_gids){ids[0], ids[1], ids[2]};
        thread->fsgid = ids[3];
        return LINE_GID;
    }
    if (strcmp(key, "Name") == 0)
        read_name(value, proc);
    else if (strcmp(key, "Tgid") == 0)
        proc->pid = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(key, "Pid") == 0)
        proc->tid = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(key, "PPid") == 0)
        proc->ppid = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(key, "TracerPid") == 0)
        proc->tracer = (pid_t)strtol(value, NULL, 10);
    else if (strcmp(key, "Groups") == 0)
        thread->group_count = read_numbers(value, CK_PROC_GROUPS_MAX, proc->groups);
    else if (strcmp(key, "NoNewPrivs") == 0)
        thread->no_new_privs = strcmp(value, "1") == 0;
    else if (strcmp(key, "Seccomp") == 0)
        proc->is_filtered = strcmp(value, "0") != 0;
    else if (strcmp(key, "Threads") == 0)
        thread->threaded = strtoul(value, NULL, 10) > 1;
    return read_set(key, value, &thread->caps);
}

int ck_proc_parse(FILE *stream, struct ck_proc *ret_proc)
{
    unsigned seen = 0;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    memset(ret_proc, 0, sizeof(*ret_proc));
    ret_proc->thread.groups = ret_proc->groups;
    ret_proc->thread.userns = &ck_userns_initial;
    while ((length = getline(&line, &size, stream)) > 0) {
        char *colon = strstr(line, ":\t");

        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (colon == NULL)
            continue;
        *colon = '\0';
        seen |= read_line(line, colon + 2, ret_proc);
    }
    free(line);
    return seen == LINES_NEEDED ? 0 : -EINVAL;
}

static FILE *open_file(pid_t id, const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)id, name); /* it fits */
    return fopen(path, "re");
}

int ck_proc_read(pid_t tid, struct ck_proc *ret_proc)
{
    FILE *stream = open_file(tid, "status");

    if (stream == NULL)
        return -errno;
    int result = ck_proc_parse(stream, ret_proc);
    /* A process that ends meanwhile leaves an empty file, and an error. */
    if (result < 0 && ferror(stream))
        result = -ESRCH;
    (void)fclose(stream); /* read only: nothing is lost with it */
    return result;
}

bool ck_proc_same(const struct ck_proc *one, const struct ck_proc *other)
{
    const struct ck_thread *a = &one->thread;
    const struct ck_thread *b = &other->thread;

    return memcmp(&a->uids, &b->uids, sizeof(a->uids)) == 0 && a->fsuid == b->fsuid &&
           memcmp(&a->gids, &b->gids, sizeof(a->gids)) == 0 && a->fsgid == b->fsgid &&
           memcmp(&a->caps, &b->caps, sizeof(a->caps)) == 0 && a->no_new_privs == b->no_new_privs &&
           a->group_count == b->group_count &&
           memcmp(one->groups, other->groups, a->group_count * sizeof(one->groups[0])) == 0;
}

/* --- the other files */

void ck_proc_read_exe(pid_t pid, char *ret_path, size_t size)
{
    char path[64];

    (void)snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid); /* it fits */
    ssize_t length = readlink(path, ret_path, size - 1);
    if (length <= 0)
        (void)snprintf(ret_path, size, "?");
    else
        ret_path[length] = '\0';
}

/* What stands behind so many words. */
static const char *skip_words(const char *text, unsigned count)
{
    for (; count > 0; count--) {
        text += strspn(text, " ");
        text += strcspn(text, " ");
    }
    return text;
}

/* "START-END MODE OFFSET DEVICE INODE PATH", where a file that was replaced since has " (deleted)" behind its path. */
static bool read_library(const char *line, struct ck_proc_library *ret_library)
{
    static const char name[] = "/" CK_LIBRARY_NAME;
    const char *found = strstr(line, name);
    const char *path = strchr(line, '/');

    if (found == NULL)
        return false;
    const char *end = found + sizeof(name) - 1;
    ret_library->is_deleted = strcmp(end, " (deleted)\n") == 0;
    ret_library->ino = strtoull(skip_words(line, 4), NULL, 10);
    (void)snprintf(ret_library->path, sizeof(ret_library->path), "%.*s", (int)(end - path), path); /* longer is none */
    return *end == '\n' || *end == '\0' || ret_library->is_deleted;
}

int ck_proc_find_library(pid_t pid, struct ck_proc_library *ret_library)
{
    FILE *stream = open_file(pid, "maps");
    char *line = NULL;
    size_t size = 0;
    int found = 0;

    if (stream == NULL)
        return -errno;
    errno = 0;
    while (found == 0 && getline(&line, &size, stream) > 0)
        found = read_library(line, ret_library);
    if (ferror(stream))
        found = errno != 0 ? -errno : -EIO;
    free(line);
    (void)fclose(stream); /* read only: nothing is lost with it */
    return found;
}

int ck_proc_has_library(pid_t pid)
{
    struct ck_proc_library library;

    return ck_proc_find_library(pid, &library);
}

static long long to_nanoseconds(struct timespec time)
{
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* When this machine was started, on today's clock. Who is kept from running between the clocks asks again. */
static long long read_boot(void)
{
    const long long at_once = 1000000;
    struct timespec before;
    struct timespec now;
    struct timespec after;
    int patience = 100;

    do {
        (void)clock_gettime(CLOCK_BOOTTIME, &before); /* both clocks are always there */
        (void)clock_gettime(CLOCK_REALTIME, &now);    /* as above */
        (void)clock_gettime(CLOCK_BOOTTIME, &after);  /* as above */
    } while (to_nanoseconds(after) - to_nanoseconds(before) > at_once && --patience > 0);
    return to_nanoseconds(now) - to_nanoseconds(before);
}

int ck_proc_read_start(pid_t pid, struct timespec *ret_start)
{
    FILE *stream = open_file(pid, "stat");
    char text[1024];
    unsigned long long second = (unsigned long long)sysconf(_SC_CLK_TCK);

    if (stream == NULL)
        return -errno;
    size_t length = fread(text, 1, sizeof(text) - 1, stream);
    (void)fclose(stream); /* read only: nothing is lost with it */
    text[length] = '\0';
    /* The name stands in brackets, and may have some of its own: field 22 is the 20th behind the last. */
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL)
        return -EINVAL;
    unsigned long long ticks = strtoull(skip_words(name_end + 1, 19), NULL, 10);
    long long nanoseconds =
        read_boot() + (long long)(ticks / second * 1000000000ULL + ticks % second * 1000000000ULL / second);
    *ret_start =
        (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    return 0;
}

/* The whole of a file, in memory of malloc; NULL where it cannot be had. */
static char *read_whole(FILE *stream, size_t *ret_length)
{
    enum { PIECE = 4096 };
    char *text = NULL;
    size_t length = 0;

    while (feof(stream) == 0) {
        char *more = realloc(text, length + PIECE);
        if (more == NULL) {
            free(text);
            return NULL;
        }
        text = more;
        length += fread(text + length, 1, PIECE, stream);
        if (ferror(stream) != 0) {
            free(text);
            return NULL;
        }
    }
    *ret_length = length;
    return text;
}

static char **split_words(const char *text, size_t length, int *ret_count)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] == '\0' || i + 1 == length;
    /* A NULL behind the words, and as much as holds the text. */
    char **words = malloc((count + 2 + length / sizeof(*words)) * sizeof(*words));
    if (words == NULL)
        return NULL;
    char *copy = (char *)(words + count + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    for (size_t i = 0; i < count; i++) {
        words[i] = copy;
        copy += strlen(copy) + 1;
    }
    words[count] = NULL;
    *ret_count = (int)count;
    return words;
}

int ck_proc_read_words(pid_t pid, const char *name, char ***ret_words)
{
    FILE *stream = open_file(pid, name);
    size_t length = 0;
    int count = 0;

    if (stream == NULL)
        return -errno;
    char *text = read_whole(stream, &length);
    (void)fclose(stream); /* read only: nothing is lost with it */
    if (text == NULL)
        return -EIO;
    *ret_words = split_words(text, length, &count);
    free(text);
    return *ret_words != NULL ? count : -ENOMEM;
}

static int by_number(const void *one, const void *other)
{
    const pid_t a = *(const pid_t *)one;
    const pid_t b = *(const pid_t *)other;

    return (a > b) - (a < b);
}

/* Makes room for one more. */
static bool grow(pid_t **ids, int count)
{
    if ((count & (count - 1)) != 0)
        return true;
    pid_t *more = realloc(*ids, sizeof(**ids) * (count == 0 ? 1 : 2 * (size_t)count));
    if (more == NULL)
        return false;
    *ids = more;
    return true;
}

int ck_proc_list(pid_t pid, pid_t **ret_ids)
{
    char path[64] = "/proc";
    const struct dirent *entry;
    pid_t *ids = NULL;
    int count = 0;

    if (pid != 0)
        (void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid); /* it fits */
    DIR *directory = opendir(path);
    if (directory == NULL)
        return -errno;
    while (count >= 0 && (entry = readdir(directory)) != NULL) {
        char *end;
        long id = strtol(entry->d_name, &end, 10);

        if (id <= 0 || *end != '\0')
            continue;
        if (grow(&ids, count))
            ids[count++] = (pid_t)id;
        else
            count = -ENOMEM;
    }
    closedir(directory);
    if (count < 0) {
        free(ids);
        return count;
    }
    if (count > 0)
        qsort(ids, (size_t)count, sizeof(*ids), by_number);
    *ret_ids = ids;
    return count;
}

bool ck_proc_is_here(pid_t pid)
{
    char path[64];
    struct stat theirs;
    struct stat ours;

    (void)snprintf(path, sizeof(path), "/proc/%ld/ns/user", (long)pid); /* it fits */
    if (stat(path, &theirs) < 0 || stat("/proc/self/ns/user", &ours) < 0)
        return true;
    return theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

static int read_map(pid_t pid, const char *name, struct ck_id_range *ranges, struct ck_id_map *ret_map)
{
    FILE *stream = open_file(pid, name);
    char *line = NULL;
    size_t size = 0;
    uint32_t numbers[3];
    unsigned count = 0;

    if (stream == NULL)
        return -errno;
    while (count < CK_PROC_RANGES_MAX && getline(&line, &size, stream) > 0 && read_numbers(line, 3, numbers) == 3)
        ranges[count++] = (struct ck_id_range){numbers[0], numbers[1], numbers[2]};
    free(line);
    (void)fclose(stream); /* read only: nothing is lost with it */
    *ret_map = (struct ck_id_map){ranges, count};
    return 0;
}

int ck_proc_read_userns(pid_t pid, struct ck_proc_userns *ret_userns)
{
    struct ck_userns *userns = &ret_userns->userns;

    *userns = (struct ck_userns){.parent = &ck_userns_initial, .owner = CK_ID_NONE};
    int result = read_map(pid, "uid_map", ret_userns->uids, &userns->uids);
    return result < 0 ? result : read_map(pid, "gid_map", ret_userns->gids, &userns->gids);
}
