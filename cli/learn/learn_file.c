/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_in_group(const struct ck_account *account, gid_t gid)
{
    for (unsigned i = 0; i < account->group_count; i++) {
        if (account->groups[i] == gid)
            return true;
    }
    return account->gid == gid;
}

/* By the mode alone: an ACL can only be told where it is read. */
static bool may_search(const struct stat *directory, const struct ck_account *account)
{
    if (directory->st_uid == account->uid)
        return (directory->st_mode & S_IXUSR) != 0;
    return (directory->st_mode & (is_in_group(account, directory->st_gid) ? S_IXGRP : S_IXOTH)) != 0;
}

/* Cuts the path down to the first directory that is not searchable, if there is one. Returns false where it ends before. */
static bool find_obstacle(char *path, const struct ck_account *account, struct stat *ret_file)
{
    for (char *slash = path; (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        if (stat(path, ret_file) < 0)
            return false;
        if (!may_search(ret_file, account))
            return true;
        *slash = '/';
    }
    return stat(path, ret_file) == 0;
}

bool ck_learn_file_describe(const char *path, const struct ck_account *account, char *ret_text, size_t size)
{
    char obstacle[PATH_MAX];
    struct stat file;

    if (path[0] != '/' || strlen(path) >= sizeof(obstacle))
        return false;
    strcpy(obstacle, path);
    if (!find_obstacle(obstacle, account, &file))
        return false;
    (void)snprintf(ret_text, size, "%s is of %u:%u, mode %04o", obstacle, file.st_uid, file.st_gid,
                   file.st_mode & 07777U); /* a longer one is cut */
    return true;
}
