/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "program.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "../core/environ_rewrite.h"
#include "../core/exec_ids.h"
#include "creds_read.h"
#include "sys.h"

/* "/proc/self/fd/N" by hand: there is no stdio here. */
static void fd_path(int fd, char path[32])
{
    char digits[12];
    size_t count = 0;
    unsigned value = (unsigned)fd;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    memcpy(path, "/proc/self/fd/", 14);
    for (size_t i = 0; i < count; i++)
        path[14 + i] = digits[count - 1 - i];
    path[14 + count] = '\0';
}

/*
 * The ids that the program is to have: the file's where its mode says so. The kernel looks neither under no_new_privs nor
 * on a nosuid mount (bprm_fill_uid).
 */
static void take_ids(const struct ck_executor *executor, const struct ck_file_stat *file, const char *path,
                     struct ck_exec_ids *ids)
{
    bool is_setuid = (file->mode & S_ISUID) != 0;
    bool is_setgid = (file->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);

    ids->euid = ids->uids.effective;
    ids->egid = ids->gids.effective;
    ids->is_member = true;
    if ((!is_setuid && !is_setgid) || ck_call_prctl(executor->caller, PR_GET_NO_NEW_PRIVS, 0, 0) == 1 ||
        ck_sys_is_nosuid(path) == 1)
        return;
    if (is_setuid)
        ids->euid = file->uid;
    if (is_setgid)
        ids->egid = file->gid;
    if (ids->egid != ids->gids.effective)
        ids->is_member = executor->by_effective && ck_call_is_in_group(executor->caller, ids->egid);
}

/* Those that are for the root of a user namespace do not count in one that is above it (rootid_owns_currentns). */
static bool has_file_caps(const char *path)
{
    struct vfs_ns_cap_data caps = {0};
    ssize_t length = ck_sys_getxattr(path, "security.capability", &caps, sizeof(caps));
    bool is_of_others = (le32toh(caps.magic_etc) & VFS_CAP_REVISION_MASK) == VFS_CAP_REVISION_3 && caps.rootid != 0;

    return length > 0 && !is_of_others && ck_sys_is_nosuid(path) != 1;
}

static void look_at_facts(const struct ck_executor *executor, const struct ck_file_stat *file, const char *path,
                          struct ck_file_facts *facts)
{
    struct ck_exec_ids ids = executor->ids;

    take_ids(executor, file, path, &ids);
    bool changes = ck_exec_ids_change(&ids, executor->by_effective);
    bool is_own = ids.euid == ids.uids.effective && ids.egid == ids.gids.effective;
    facts->is_executable = (file->mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
    facts->is_set_id = changes && !is_own;
    facts->ids_differ = changes && is_own;
    facts->has_file_caps = has_file_caps(path);
    /* Where the process's real uid is 0, file capabilities add nothing to what the program gets. */
    facts->is_secure =
        ck_exec_ids_are_secure(&ids, executor->by_effective) || (facts->has_file_caps && ids.uids.real != 0);
}

void ck_executor_read(const struct ck_caller *caller, bool by_effective, struct ck_executor *ret_executor)
{
    *ret_executor = (struct ck_executor){.caller = caller, .by_effective = by_effective};
    ck_creds_read_uids(caller, &ret_executor->ids.uids);
    /* Unread they are all 0, and do not differ. */
    (void)ck_call_getresgid(caller, &ret_executor->ids.gids);
}

/* Whether the file itself is why it cannot be looked at: the exec then fails as well, or needs no reader (mode 0711). */
static bool is_of_the_file(int error)
{
    return error == -ENOENT || error == -ENOTDIR || error == -EACCES || error == -ELOOP || error == -ENAMETOOLONG ||
           error == -EFAULT || error == -EBADF;
}

static size_t read_head(const struct ck_target *file, char *head, struct ck_file_facts *facts)
{
    int fd = ck_sys_openat(file->dirfd, file->path, O_RDONLY | O_NOCTTY | O_NONBLOCK);

    facts->is_unseen |= fd < 0 && !is_of_the_file(fd);
    if (fd < 0)
        return 0;
    ssize_t length = ck_sys_pread(fd, head, CK_ELF_HEAD_MAX);
    (void)ck_sys_close(fd); /* read only: nothing is lost with it */
    facts->is_unseen |= length < 0;
    return length > 0 ? (size_t)length : 0;
}

/* The text names the file by itself, from the working directory or the root. */
static bool is_named(const struct ck_target *target)
{
    return target->path != NULL && target->path[0] != '\0' && (target->path[0] == '/' || target->dirfd == AT_FDCWD);
}

/* Fills one name from an open O_PATH descriptor. Returns the length of the head that was read, 0 if none. */
static size_t look_at_file(const struct ck_executor *executor, int fd, const struct ck_target *target,
                           struct ck_program_name *name, char *resolved, char *head, struct ck_file_facts *facts)
{
    struct ck_file_stat stat;
    char path[32];
    struct ck_target file = {AT_FDCWD, path, 0};

    fd_path(fd, path);
    ssize_t length = ck_sys_readlink(path, resolved, CK_RESOLVED_MAX);
    if (length > 0 && length < CK_RESOLVED_MAX) {
        resolved[length] = '\0';
        name->resolved = resolved;
    }
    if (ck_sys_statx(fd, "", AT_EMPTY_PATH, &stat) < 0) {
        facts->is_unseen = true;
        return 0;
    }
    name->dev = stat.dev;
    name->ino = stat.ino;
    if (!S_ISREG(stat.mode))
        return 0;
    /* Without /proc only the name is left; it was the same file a moment ago. */
    if (length == -ENOENT && !is_named(target))
        return 0;
    if (length == -ENOENT)
        file = *target;
    look_at_facts(executor, &stat, file.path, facts);
    return read_head(&file, head, facts);
}

/* Without a descriptor (a launcher may have no free one) the file still has its device and inode, by its name. */
static void look_at_name(const struct ck_target *target, int error, struct ck_program_name *name,
                         struct ck_file_facts *facts)
{
    struct ck_file_stat stat;

    if (target->path == NULL || is_of_the_file(error))
        return;
    facts->is_unseen = true;
    if (ck_sys_statx(target->dirfd, target->path, target->flags & AT_SYMLINK_NOFOLLOW, &stat) < 0)
        return;
    name->dev = stat.dev;
    name->ino = stat.ino;
}

/* O_PATH asks for no permission on the file and wakes neither a FIFO nor a device. */
static int open_target(const struct ck_target *target, bool *ret_ours)
{
    *ret_ours = true;
    if (target->path == NULL)
        return -1;
    /* It need not be memory: with any other flags the kernel is the first to look. */
    if ((target->flags & AT_EMPTY_PATH) != 0 && ck_sys_can_read(target->path) && target->path[0] == '\0') {
        *ret_ours = false;
        return target->dirfd;
    }
    return ck_sys_openat(target->dirfd, target->path,
                         O_PATH | ((target->flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0));
}

bool ck_program_look(const struct ck_executor *executor, const struct ck_target *target, struct ck_program_texts *texts,
                     struct ck_program *ret_program, struct ck_file_facts *ret_facts)
{
    struct ck_target next = *target;
    char *head = texts->head;

    *ret_program = (struct ck_program){0};
    *ret_facts = (struct ck_file_facts){0};
    while (ret_program->count < CK_PROGRAM_NAMES_MAX) {
        struct ck_program_name *name = &ret_program->names[ret_program->count];
        bool ours;
        int fd = open_target(&next, &ours);

        if (fd == -ENOENT || fd == -ENOTDIR || fd == -EFAULT)
            return false;
        *name = (struct ck_program_name){0};
        /* A path relative to a descriptor is text of another directory: only what it resolves to names it. */
        if (is_named(&next))
            name->text = next.path;
        size_t length = 0;
        if (fd >= 0)
            length = look_at_file(executor, fd, &next, name, texts->resolved[ret_program->count], head, ret_facts);
        else
            look_at_name(&next, fd, name, ret_facts);
        if (fd >= 0 && ours)
            (void)ck_sys_close(fd); /* O_PATH: nothing is lost with it */
        ret_program->count++;
        if (ret_program->count == CK_PROGRAM_NAMES_MAX)
            return true;
        char *interpreter = texts->interpreters[ret_program->count - 1];
        if (ck_shebang_read(head, length < CK_SHEBANG_MAX ? length : CK_SHEBANG_MAX, interpreter) < 0) {
            ret_facts->has_elf = ck_elf_head_read(head, length, &ret_facts->elf) == 0;
            return true;
        }
        next = (struct ck_target){AT_FDCWD, interpreter, 0};
    }
    return true;
}

#if defined(__x86_64__)
#define FOREIGN_DIRECTORIES                                                                                            \
    "/usr/local/lib/i386-linux-gnu/", "/usr/lib/i386-linux-gnu/", "/lib/i386-linux-gnu/", "/usr/lib32/", "/lib32/"
#elif defined(__i386__)
#define FOREIGN_DIRECTORIES                                                                                            \
    "/usr/local/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/x86_64-linux-gnu/", "/usr/lib64/", "/lib64/"
#else
#define FOREIGN_DIRECTORIES ""
#endif

bool ck_program_has_foreign_library(void)
{
    static const char directories[][40] = {FOREIGN_DIRECTORIES};
    struct ck_file_stat stat;

    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        char path[sizeof(directories[0]) + sizeof(CK_LIBRARY_NAME)];
        size_t length = strlen(directories[i]);

        memcpy(path, directories[i], length);
        memcpy(path + length, CK_LIBRARY_NAME, sizeof(CK_LIBRARY_NAME));
        if (length > 0 && ck_sys_statx(AT_FDCWD, path, 0, &stat) == 0)
            return true;
    }
    return false;
}
