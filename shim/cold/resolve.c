/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "resolve.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/nearest.h"
#include "../hot/sys.h"

/* As a path of Debian's alternatives has. What has more is left to realpath(3), which counts them as the kernel does. */
#define FEW_LINKS 4

/* --- accounts */

static int look_user_up(const char *name, uid_t *ret_uid)
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    int error = getpwnam_r(name, &entry, buffer, sizeof(buffer), &found);

    if (error == 0 && found != NULL) {
        *ret_uid = found->pw_uid;
        return 0;
    }
    /* Only an answer says that it is gone. Some back ends have an error for that (getpwnam(3)); it may be any other as well. */
    return error == 0 ? -ENOENT : -EIO;
}

static int find_user(void *context, const char *name, uid_t *ret_uid)
{
    struct ck_system *system = context;
    unsigned hash = 0;

    for (const char *at = name; *at != '\0'; at++)
        hash = hash * 31 + (unsigned char)*at;
    struct ck_known_user *known = &system->users[hash % CK_KNOWN_USERS];
    if (name[0] != '\0' && strcmp(known->name, name) == 0) {
        *ret_uid = known->uid;
        return 0;
    }
    int result = look_user_up(name, ret_uid);
    if (result == 0 && strlen(name) < sizeof(known->name)) {
        strcpy(known->name, name);
        known->uid = *ret_uid;
    }
    return result;
}

/* A directory service is not asked for all it has because of a slip of the pen. */
void ck_nearest_user(const char *name, char *ret_name, size_t size)
{
    struct ck_nearest nearest = CK_NEAREST_NONE;
    const struct passwd *entry;
    FILE *accounts = fopen("/etc/passwd", "re");

    ret_name[0] = '\0';
    while (accounts != NULL && (entry = fgetpwent(accounts)) != NULL) {
        if (!ck_nearest_offer(&nearest, name, strlen(name), entry->pw_name))
            continue;
        /* Root, by whatever name, is never proposed. */
        bool is_fit = entry->pw_uid != 0 && strlen(entry->pw_name) < size;
        (void)snprintf(ret_name, size, "%s", is_fit ? entry->pw_name : ""); /* it fits */
    }
    if (nearest.name == NULL)
        ret_name[0] = '\0';
    if (accounts != NULL)
        (void)fclose(accounts); /* read only: nothing is lost with it */
}

/* --- files */

static int absent_or(int error)
{
    bool absent = error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP || error == ENAMETOOLONG;

    return absent ? -ENOENT : -error;
}

/* Every link, wherever in the path. */
static int follow_all(const char *path, char ret_resolved[PATH_MAX], struct stat *ret_file)
{
    if (realpath(path, ret_resolved) == NULL || stat(ret_resolved, ret_file) < 0)
        return absent_or(errno);
    return 0;
}

/* What the directory at the start of `path` resolves to, without a slash at its end; most are known. */
static int follow_directory(struct ck_system *system, const char *path, size_t length, char ret_resolved[PATH_MAX],
                            size_t *ret_length)
{
    struct ck_known_directory *known = system->directories;

    for (unsigned i = 0; i < CK_KNOWN_DIRECTORIES; i++, known++) {
        if (known->length == length && memcmp(known->path, path, length) == 0) {
            memcpy(ret_resolved, known->resolved, known->resolved_length);
            *ret_length = known->resolved_length;
            return 0;
        }
    }
    known = &system->directories[system->next_directory++ % CK_KNOWN_DIRECTORIES];
    known->length = 0;
    memcpy(known->path, path, length);
    known->path[length] = '\0';
    if (realpath(known->path, ret_resolved) == NULL)
        return absent_or(errno);
    *ret_length = ret_resolved[1] != '\0' ? strlen(ret_resolved) : 0;
    if (*ret_length <= sizeof(known->resolved)) {
        memcpy(known->resolved, ret_resolved, *ret_length);
        known->resolved_length = *ret_length;
        known->length = length;
    }
    return 0;
}

/* Where the last name of `path` begins, and where it ends. */
static size_t name_offset(const char *path, size_t *ret_end)
{
    size_t offset = strlen(path);

    *ret_end = offset;
    while (path[offset - 1] != '/')
        offset--;
    return offset;
}

/* Where the link at `path` leads, of which no other part is a link. Returns false where that is too long. */
static bool read_link(const char *path, char ret_target[PATH_MAX])
{
    ssize_t got = ck_sys_readlink(path, ret_target, PATH_MAX);
    size_t length = 0;
    size_t end;

    if (got <= 0)
        return false;
    if (ret_target[0] != '/')
        length = name_offset(path, &end);
    if (length + (size_t)got >= PATH_MAX)
        return false;
    memmove(ret_target + length, ret_target, (size_t)got);
    memcpy(ret_target, path, length);
    ret_target[length + (size_t)got] = '\0';
    return true;
}

/*
 * How long the directory's part is; 0 where it is too long to be known, or what follows no name in it. In the root
 * directory a path and its name are the same; ".." leads elsewhere than it says.
 */
static size_t directory_length(const char *path, size_t *ret_end)
{
    size_t length = name_offset(path, ret_end) - 1;
    const char *name = path + length + 1;
    bool is_plain = name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;

    return is_plain && length < sizeof(((struct ck_known_directory *)NULL)->path) ? length : 0;
}

/*
 * Where the directory is known this is one system call for a file, and two more for a link to it; realpath(3) asks for each
 * part of each path. Returns false for what is left to that.
 */
static bool follow_names(struct ck_system *system, const char *path, char ret_resolved[PATH_MAX], struct stat *ret_file,
                         int *ret_result)
{
    char target[PATH_MAX];

    for (unsigned links = 0; links < FEW_LINKS; links++) {
        size_t resolved_length = 0;
        size_t end;
        size_t length = directory_length(path, &end);
        if (length == 0)
            return false;
        *ret_result = follow_directory(system, path, length, ret_resolved, &resolved_length);
        if (*ret_result < 0)
            return true;
        if (resolved_length + end - length >= PATH_MAX)
            return false;
        memcpy(ret_resolved + resolved_length, path + length, end - length + 1);
        *ret_result = lstat(ret_resolved, ret_file) < 0 ? absent_or(errno) : 0;
        if (*ret_result < 0 || !S_ISLNK(ret_file->st_mode))
            return true;
        if (!read_link(ret_resolved, target))
            return false;
        path = target;
    }
    return false;
}

static int find_path(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino)
{
    struct stat file = {.st_ino = 0};
    int result;

    if (!follow_names(context, path, ret_resolved, &file, &result))
        result = follow_all(path, ret_resolved, &file);
    if (result < 0)
        return result;
    *ret_dev = file.st_dev;
    *ret_ino = file.st_ino;
    return 0;
}

struct ck_resolver ck_system_resolver(struct ck_system *system)
{
    for (unsigned i = 0; i < CK_KNOWN_USERS; i++)
        system->users[i].name[0] = '\0';
    for (unsigned i = 0; i < CK_KNOWN_DIRECTORIES; i++)
        system->directories[i].length = 0;
    system->next_directory = 0;
    return (struct ck_resolver){find_user, ck_nearest_user, find_path, system, false};
}
