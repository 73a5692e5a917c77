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

/* Where the directory of `path` is the last one again, this is one system call. Returns false for a link. */
static bool follow_directory(struct ck_system *system, const char *path, size_t length, char ret_resolved[PATH_MAX],
                             struct stat *ret_file, int *ret_result)
{
    const char *name = path + length + 1;

    if (strncmp(system->directory, path, length) != 0 || system->directory[length] != '\0') {
        memcpy(system->directory, path, length);
        system->directory[length] = '\0';
        if (realpath(system->directory, system->resolved) == NULL) {
            *ret_result = absent_or(errno);
            system->directory[0] = '\0';
            return true;
        }
    }
    size_t directory_length = strlen(system->resolved);
    if (directory_length + 1 + strlen(name) >= PATH_MAX) {
        *ret_result = absent_or(ENAMETOOLONG);
        return true;
    }
    memcpy(ret_resolved, system->resolved, directory_length);
    ret_resolved[directory_length] = '/';
    strcpy(ret_resolved + directory_length + 1, name);
    *ret_result = lstat(ret_resolved, ret_file) < 0 ? absent_or(errno) : 0;
    return *ret_result < 0 || !S_ISLNK(ret_file->st_mode);
}

static int find_path(void *context, const char *path, char ret_resolved[PATH_MAX], dev_t *ret_dev, ino_t *ret_ino)
{
    struct stat file = {.st_ino = 0};
    size_t length = strlen(path);
    int result;

    while (path[length - 1] != '/')
        length--;
    const char *name = path + length--;
    /* In the root directory a path and its name are the same; ".." leads elsewhere than it says. */
    bool is_plain = length > 0 && length < sizeof(((struct ck_system *)context)->directory) && name[0] != '\0' &&
                    strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
    if (!is_plain || !follow_directory(context, path, length, ret_resolved, &file, &result))
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
    system->directory[0] = '\0';
    return (struct ck_resolver){find_user, ck_nearest_user, find_path, system};
}
