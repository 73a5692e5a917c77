/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/text.h"
#include "../hot/sys.h"

/* As many symbolic links as the kernel itself follows (path_resolution(7)). */
#define LINKS_MAX 40

/* A walk down a path, one component at a time, so that nothing is passed unseen. */
struct walk {
    uid_t owner;
    int dir;    /* descriptor of the directory reached so far; -1 for / */
    int folder; /* the caller's, with which the walk may begin; or -1 */
    struct stat dir_stat;
    struct stat found_stat; /* of what is at the end, once that is found */
    bool is_found;
    unsigned links;
    struct ck_parse_error *error;
    const char *name;        /* of the component in hand, to be looked up in `dir`; behind a slash where that is / */
    size_t walked;           /* how much of the path leads to `dir` */
    char path[2 * PATH_MAX]; /* while a component is in hand it ends with that: the place, for messages */
};

/* "PLACE: what is wrong". */
static int refuse(struct ck_parse_error *ret_error, const char *place, const char *what, int result)
{
    struct ck_text text = ck_text_start(ret_error->text, sizeof(ret_error->text));

    ck_text_printable(&text, place);
    ck_text_string(&text, ": ");
    ck_text_string(&text, what);
    return result;
}

/* Negative whatever `error` is: nothing that was refused is to be taken for found. */
static int refuse_errno(struct ck_parse_error *ret_error, const char *place, int error)
{
    (void)refuse(ret_error, place, strerror(error), 0); /* the result is below */
    return error > 0 ? -error : -EIO;
}

/* A sticky directory is for all of them, as /tmp is: it is the file that has to go elsewhere. */
static int refuse_writable(struct ck_parse_error *ret_error, const char *place, const struct stat *object,
                           const char *what)
{
    bool is_shared = S_ISDIR(object->st_mode) && (object->st_mode & S_ISVTX) != 0;
    struct ck_text text;

    (void)refuse(ret_error, place, what, 0); /* the result is below */
    text = (struct ck_text){ret_error->text, sizeof(ret_error->text), strlen(ret_error->text)};
    ck_text_string(&text, is_shared ? "; move it to a directory that nobody else can write" : "; chmod go-w ");
    if (!is_shared)
        ck_text_printable(&text, place);
    return -EPERM;
}

static int check_owner(const struct walk *walk, const struct stat *object, const char *place)
{
    struct ck_text text;

    if (object->st_uid == 0 || object->st_uid == walk->owner)
        return 0;
    (void)refuse(walk->error, place, "not trusted: it belongs to uid ", 0); /* the result is below */
    text = (struct ck_text){walk->error->text, sizeof(walk->error->text), strlen(walk->error->text)};
    ck_text_number(&text, object->st_uid);
    return -EPERM;
}

static bool others_write(const struct stat *object)
{
    return (object->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/* Before something that is no directory is looked up in `dir`: who can write there can exchange it. */
static int check_holder(const struct walk *walk, const char *place)
{
    if (!others_write(&walk->dir_stat))
        return 0;
    return refuse_writable(walk->error, place, &walk->dir_stat, "not trusted: group or others can write its directory");
}

static int check_directory(const struct walk *walk, const struct stat *directory, const char *place)
{
    int result = check_owner(walk, directory, place);
    if (result < 0)
        return result;
    if (others_write(directory) && (directory->st_mode & S_ISVTX) == 0)
        return refuse_writable(walk->error, place, directory, "not trusted: group or others can write this directory");
    return 0;
}

static void leave(struct walk *walk)
{
    if (walk->dir >= 0 && walk->dir != walk->folder)
        (void)ck_sys_close(walk->dir); /* O_PATH: nothing is lost with it */
    walk->dir = -1;
}

static int start_at_root(struct walk *walk)
{
    leave(walk);
    walk->walked = 0;
    walk->name = "/";
    if (lstat("/", &walk->dir_stat) < 0)
        return refuse_errno(walk->error, "/", errno);
    walk->found_stat = walk->dir_stat;
    return check_directory(walk, &walk->dir_stat, "/");
}

/* Puts the link's target in its place, in front of what is still to be walked. */
__attribute__((noinline)) static int follow(struct walk *walk, const char *rest)
{
    char target[PATH_MAX];
    size_t rest_size = strlen(rest) + 1;
    ssize_t length = readlinkat(walk->dir, walk->name, target, sizeof(target));
    bool is_absolute = length > 0 && target[0] == '/';
    char *start = walk->path + (is_absolute ? 0 : walk->walked + 1);

    if (length <= 0 || length == sizeof(target) || ++walk->links > LINKS_MAX ||
        (size_t)(start - walk->path) + (size_t)length + 1 + rest_size > sizeof(walk->path))
        return refuse_errno(walk->error, walk->path, ELOOP);
    memmove(start + length + 1, rest, rest_size);
    memcpy(start, target, (size_t)length);
    start[length] = '/';
    return is_absolute ? start_at_root(walk) : 0;
}

/*
 * What comes last is only looked at. Anything else is a directory as a rule, and is opened, so that what is looked up in it is
 * looked up in what has been seen.
 */
static int look(struct walk *walk, bool is_last, int *ret_fd, struct stat *ret_object)
{
    int fd = is_last ? -1 : openat(walk->dir, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    bool is_seen = is_last ? fstatat(walk->dir, walk->name, ret_object, AT_SYMLINK_NOFOLLOW) == 0
                           : fd >= 0 && fstat(fd, ret_object) == 0;

    *ret_fd = fd;
    if (!is_seen)
        return errno == ENOENT ? -ENOENT : refuse_errno(walk->error, walk->path, errno);
    int result = check_owner(walk, ret_object, walk->path);
    if (result < 0)
        return result;
    return S_ISDIR(ret_object->st_mode) ? check_directory(walk, ret_object, walk->path)
                                        : check_holder(walk, walk->path);
}

/* One component, behind which the path ends while it is looked at: a link is followed, a directory entered. */
static int step(struct walk *walk, const char *rest, bool is_last)
{
    struct stat object = {.st_mode = 0};
    int fd;
    int result = look(walk, is_last, &fd, &object);

    if (result == 0 && S_ISLNK(object.st_mode)) {
        result = follow(walk, rest);
    } else if (result == 0 && is_last) {
        walk->is_found = true;
        walk->found_stat = object;
    } else if (result == 0 && S_ISDIR(object.st_mode)) {
        leave(walk);
        walk->dir = fd;
        walk->dir_stat = object;
        walk->walked = strlen(walk->path);
        walk->path[walk->walked] = '/';
        fd = -1;
    } else if (result == 0) {
        result = refuse_errno(walk->error, walk->path, ENOTDIR);
    }
    if (fd >= 0)
        (void)ck_sys_close(fd); /* as above */
    return result;
}

/* The last name of the path is the only one that is left to be walked. */
static int start_in(struct walk *walk, const struct ck_trust_folder *folder)
{
    walk->dir = walk->folder = folder->fd;
    walk->dir_stat = folder->stat;
    walk->walked = strlen(walk->path);
    while (walk->path[walk->walked] != '/')
        walk->walked--;
    return 0;
}

/* Walks to the end of `path`. After 0 or an error alike, leave() has to follow. */
static int go(struct walk *walk, const char *path, const struct ck_trust_folder *folder, uid_t owner,
              struct ck_parse_error *error)
{
    /* What is not set here is so before it is read; all of it is large. */
    walk->owner = owner;
    walk->dir = walk->folder = -1;
    walk->is_found = false;
    walk->links = 0;
    walk->error = error;
    if (path[0] != '/')
        return refuse(error, path, "not an absolute path", -EINVAL);
    if (strlen(path) >= PATH_MAX)
        return refuse_errno(error, path, ENAMETOOLONG);
    strcpy(walk->path, path);
    int result = folder != NULL ? start_in(walk, folder) : start_at_root(walk);
    while (result == 0 && !walk->is_found) {
        char *name = walk->path + walk->walked;
        name += strspn(name, "/");
        char *end = name + strcspn(name, "/");
        bool is_last = end[strspn(end, "/")] == '\0';

        if (end == name)
            break; /* / itself */
        if (end - name > NAME_MAX)
            return refuse_errno(error, path, ENAMETOOLONG);
        const char *rest = *end == '/' ? end + 1 : end;
        *end = '\0';
        walk->name = walk->dir < 0 ? name - 1 : name;
        result = step(walk, rest, is_last);
    }
    return result;
}

/* Reads up to its end, wherever that is by now; `size` is a guess. */
static int read_all(int fd, const char *path, size_t size, char **ret_text, size_t *ret_length,
                    struct ck_parse_error *ret_error)
{
    size_t length = 0;
    size_t room = size <= CK_TRUST_SIZE_MAX ? size + 2 : CK_TRUST_SIZE_MAX + 2;
    char *text = malloc(room);

    for (;;) {
        /* One byte more than has been asked for tells the end, and one ends the text. */
        if (text != NULL && length + 1 == room && room < CK_TRUST_SIZE_MAX + 2) {
            char *longer = realloc(text, CK_TRUST_SIZE_MAX + 2);
            if (longer == NULL)
                free(text);
            text = longer;
            room = CK_TRUST_SIZE_MAX + 2;
        }
        if (text == NULL)
            return refuse_errno(ret_error, path, ENOMEM);
        ssize_t got = length + 1 < room ? read(fd, text + length, room - 1 - length) : 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int result = refuse_errno(ret_error, path, errno);
            free(text);
            return result;
        }
        if (got == 0)
            break;
        length += (size_t)got;
    }
    if (length > CK_TRUST_SIZE_MAX) {
        free(text);
        return refuse(ret_error, path, "larger than 1 MiB", -EFBIG);
    }
    text[length] = '\0';
    *ret_text = text;
    *ret_length = length;
    return 0;
}

static int check_file(const struct walk *walk, const char *path)
{
    if (!S_ISREG(walk->found_stat.st_mode))
        return refuse(walk->error, path, "not a regular file", -EPERM);
    if (others_write(&walk->found_stat))
        return refuse_writable(walk->error, path, &walk->found_stat, "not trusted: group or others can write it");
    return 0;
}

/* Opens what was found, and makes sure that it still is that. Not through /proc, which need not be mounted. */
static int open_found(const struct walk *walk, const char *path, int flags, int *ret_fd, struct stat *ret_opened)
{
    int fd = openat(walk->dir, walk->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);

    *ret_fd = fd;
    if (fd < 0 || fstat(fd, ret_opened) < 0)
        return refuse_errno(walk->error, path, errno);
    if (ret_opened->st_dev != walk->found_stat.st_dev || ret_opened->st_ino != walk->found_stat.st_ino)
        return refuse(walk->error, path, "replaced while it was being opened", -EPERM);
    return 0;
}

int ck_trust_read(const char *path, const struct ck_trust_folder *folder, uid_t owner, char **ret_text,
                  size_t *ret_length, struct ck_parse_error *ret_error)
{
    struct walk walk;
    struct stat opened = {.st_size = 0};
    int fd = -1;
    int result = go(&walk, path, folder, owner, ret_error);

    if (result == 0)
        result = check_file(&walk, path);
    if (result == 0)
        result = open_found(&walk, path, O_NONBLOCK | O_NOCTTY, &fd, &opened);
    if (result == 0)
        result = read_all(fd, path, (size_t)opened.st_size, ret_text, ret_length, ret_error);
    if (fd >= 0)
        (void)ck_sys_close(fd); /* read only: nothing is lost with it */
    leave(&walk);
    return result;
}

int ck_trust_check(const char *path, uid_t owner, struct ck_parse_error *ret_error)
{
    struct walk walk;
    int result = go(&walk, path, NULL, owner, ret_error);

    /* Into a directory that others write, a sticky one as well, they put what they like. */
    if (result == 0 && others_write(&walk.found_stat))
        result = refuse_writable(ret_error, path, &walk.found_stat, "not trusted: group or others can write it");
    leave(&walk);
    return result;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_policy_name(const char *name)
{
    size_t length = strlen(name);

    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

/* Returns how many there are, or -errno; the list is the caller's to free either way. */
static int collect(DIR *directory, char ***names)
{
    size_t count = 0;
    const struct dirent *entry;

    /* Half a directory would be half a policy: only errno tells an error from the end (readdir(3)). */
    for (;;) {
        errno = 0;
        entry = readdir(directory);
        if (entry == NULL && errno != 0)
            return -errno;
        if (entry == NULL)
            break;
        if (!is_policy_name(entry->d_name))
            continue;
        size_t size = strlen(entry->d_name) + 1;
        char *name = malloc(size);
        if (name == NULL)
            return -ENOMEM;
        /* No overflow: each name before has taken more memory than its pointer does. */
        char **longer = count <= INT_MAX - 3 ? realloc(*names, (count + 2) * sizeof(**names)) : NULL;
        if (longer == NULL) {
            free(name);
            return -ENOMEM;
        }
        longer[count++] = memcpy(name, entry->d_name, size);
        longer[count] = NULL;
        *names = longer;
    }
    if (count > 0)
        qsort(*names, count, sizeof(**names), by_bytes);
    return (int)count;
}

void ck_trust_close(struct ck_trust_folder *folder)
{
    for (char **name = folder->names; name != NULL && *name != NULL; name++)
        free(*name);
    free(folder->names);
    (void)closedir(folder->directory); /* read only: nothing is lost with it */
}

/* What it holds is opened by name: here a sticky one will not do, either. */
static int check_folder(const struct walk *walk, const char *path)
{
    if (!S_ISDIR(walk->found_stat.st_mode))
        return refuse(walk->error, path, "not a directory", -ENOTDIR);
    if (!others_write(&walk->found_stat))
        return 0;
    return refuse_writable(walk->error, path, &walk->found_stat,
                           "not trusted: group or others can write this directory");
}

int ck_trust_open(const char *path, uid_t owner, struct ck_trust_folder *ret_folder, struct ck_parse_error *ret_error)
{
    struct ck_trust_folder folder = {.fd = -1};
    struct walk walk;
    int result = go(&walk, path, NULL, owner, ret_error);

    if (result == 0)
        result = check_folder(&walk, path);
    if (result == 0)
        result = open_found(&walk, path, O_DIRECTORY, &folder.fd, &folder.stat);
    leave(&walk);
    if (result == 0)
        folder.directory = fdopendir(folder.fd);
    if (result == 0 && folder.directory == NULL)
        result = refuse_errno(ret_error, path, errno);
    if (folder.directory == NULL) {
        if (folder.fd >= 0)
            (void)ck_sys_close(folder.fd); /* as above */
        return result;
    }
    result = collect(folder.directory, &folder.names);
    if (result < 0) {
        ck_trust_close(&folder);
        return refuse_errno(ret_error, path, -result);
    }
    *ret_folder = folder;
    return result;
}
