/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * Reads files that decide over privileges (contract C8): only where nobody but root and `owner` can have written them
 * or put something else in their place. Each directory and each symbolic link on the way has to belong to one of the
 * two. The directory that holds the file or a link may be written by its owner alone; further up, a sticky one will do,
 * as nobody can exchange another's directory there.
 */
#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "../core/policy_parse.h"

#define CK_TRUST_SIZE_MAX ((size_t)1024 * 1024)

/* A folder of policy files that was found to be only theirs to write, and stays open. */
struct ck_trust_folder {
    DIR *directory;
    int fd; /* its */
    struct stat stat;
    char **names; /* what is in it, sorted byte by byte and closed by NULL */
};

/*
 * The whole of a regular file, in memory of malloc with a NUL behind it. `folder`, if not NULL, is the one that `path` names it in. Never
 * waits: a FIFO or a device is refused unopened. Returns 0; -ENOENT, in silence, where there is no such file; or -EPERM, -EFBIG,
 * -EIO… with a sentence.
 */
int ck_trust_read(const char *path, const struct ck_trust_folder *folder, uid_t owner, char **ret_text,
                  size_t *ret_length, struct ck_parse_error *ret_error);

/*
 * Whether what `path` leads to, a directory or anything else, is only theirs to write and to exchange. Opens nothing.
 * Returns 0, -ENOENT in silence, or -EPERM… with a sentence.
 */
int ck_trust_check(const char *path, uid_t owner, struct ck_parse_error *ret_error);

/* Those that end in ".conf" and do not begin with a dot. Returns their number, or as above; then nothing is open. */
int ck_trust_open(const char *path, uid_t owner, struct ck_trust_folder *ret_folder, struct ck_parse_error *ret_error);
void ck_trust_close(struct ck_trust_folder *folder);
