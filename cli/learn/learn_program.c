/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_program.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/exit.h"
#include "../common/search.h"

/* In a child, which is the user then, without any capability. Its exit status is the error, or 0. */
static _Noreturn void try_as_user(const struct ck_account *account, const char *path)
{
    if (setgroups(account->group_count, account->groups) < 0 ||
        setresgid(account->gid, account->gid, account->gid) < 0 ||
        setresuid(account->uid, account->uid, account->uid) < 0)
        _exit(0); /* the first run tells */
    _exit(access(path, X_OK) < 0 ? errno : 0);
}

static int check_as_user(const struct ck_learn_options *options, const char *path)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0)
        try_as_user(&options->account, path);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 0)
        return 0; /* as above */
    (void)ck_fail("learn", "%s: %s, for %s", path, strerror(WEXITSTATUS(status)), options->user);
    return WEXITSTATUS(status) == ENOENT ? CK_EXIT_NOT_FOUND : CK_EXIT_NOT_EXECUTABLE;
}

int ck_learn_program_find(const struct ck_learn_options *options, char ret_program[PATH_MAX])
{
    char path[PATH_MAX];
    int status = ck_search_find(options->command[0], path);

    if (status == 0 && realpath(path, ret_program) == NULL)
        return ck_fail("learn", "%s: %s", path, strerror(errno));
    if (status == 0 && strchr(options->command[0], '/') != NULL)
        status = check_as_user(options, path);
    return status;
}
