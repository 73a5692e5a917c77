#include "program.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

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
 * Whether the kernel will take another uid or gid from the file's mode, and so clear ambient (__is_setuid and
 * __is_setgid in security/commoncap.c). It looks neither under no_new_privs nor on a nosuid mount (bprm_fill_uid).
 */
static bool is_set_id(const struct ck_file_stat *file, const char *path)
{
    struct ck_uids uids;
    gid_t gid;
    bool is_setuid = (file->mode & S_ISUID) != 0;
    bool is_setgid = (file->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);

    if (!is_setuid && !is_setgid)
        return false;
    if (ck_sys_prctl(PR_GET_NO_NEW_PRIVS, 0, 0) == 1 || ck_sys_is_nosuid(path) == 1)
        return false;
    if (is_setuid && ck_sys_getresuid(&uids) == 0 && file->uid != uids.real)
        return true;
    return is_setgid && ck_sys_getgid(&gid) == 0 && file->gid != gid;
}

static void look_at_facts(const struct ck_file_stat *file, const char *path, struct ck_file_facts *facts)
{
    facts->is_set_id = is_set_id(file, path);
    facts->has_file_caps = ck_sys_getxattr(path, "security.capability", NULL, 0) > 0 && ck_sys_is_nosuid(path) != 1;
}

/* Fills one name from an open O_PATH descriptor. Returns the length of the head that was read, 0 if none. */
static size_t look_at_file(int fd, struct ck_program_name *name, char *resolved, char *head,
                           struct ck_file_facts *facts)
{
    struct ck_file_stat file;
    char path[32];

    if (ck_sys_statx(fd, "", AT_EMPTY_PATH, &file) < 0)
        return 0;
    name->dev = file.dev;
    name->ino = file.ino;
    fd_path(fd, path);
    ssize_t length = ck_sys_readlink(path, resolved, CK_RESOLVED_MAX);
    if (length > 0 && length < CK_RESOLVED_MAX) {
        resolved[length] = '\0';
        name->resolved = resolved;
    }
    if (!S_ISREG(file.mode))
        return 0;
    look_at_facts(&file, path, facts);
    int readable = ck_sys_openat(AT_FDCWD, path, O_RDONLY | O_NOCTTY);
    if (readable < 0)
        return 0;
    ssize_t got = ck_sys_pread(readable, head, CK_SHEBANG_MAX);
    (void)ck_sys_close(readable); /* read only: nothing is lost with it */
    return got > 0 ? (size_t)got : 0;
}

/* O_PATH asks for no permission on the file and wakes neither a FIFO nor a device. */
static int open_target(const struct ck_target *target, bool *ret_ours)
{
    *ret_ours = true;
    if (target->path == NULL)
        return -1;
    if (target->path[0] == '\0' && (target->flags & AT_EMPTY_PATH) != 0) {
        *ret_ours = false;
        return target->dirfd;
    }
    return ck_sys_openat(target->dirfd, target->path,
                         O_PATH | ((target->flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0));
}

void ck_program_look(const struct ck_target *target, struct ck_program_texts *texts, struct ck_program *ret_program,
                     struct ck_file_facts *ret_facts)
{
    struct ck_target next = *target;
    char head[CK_SHEBANG_MAX];

    *ret_program = (struct ck_program){0};
    *ret_facts = (struct ck_file_facts){0};
    while (ret_program->count < CK_PROGRAM_NAMES_MAX) {
        struct ck_program_name *name = &ret_program->names[ret_program->count];
        bool ours;
        int fd = open_target(&next, &ours);

        *name = (struct ck_program_name){0};
        /* A path relative to a descriptor is text of another directory: only what it resolves to names it. */
        if (next.path != NULL && next.path[0] != '\0' && (next.path[0] == '/' || next.dirfd == AT_FDCWD))
            name->text = next.path;
        size_t length = 0;
        if (fd >= 0)
            length = look_at_file(fd, name, texts->resolved[ret_program->count], head, ret_facts);
        if (fd >= 0 && ours)
            (void)ck_sys_close(fd); /* O_PATH: nothing is lost with it */
        ret_program->count++;
        if (ret_program->count == CK_PROGRAM_NAMES_MAX)
            return;
        char *interpreter = texts->interpreters[ret_program->count - 1];
        if (ck_shebang_read(head, length, interpreter) < 0)
            return;
        next = (struct ck_target){AT_FDCWD, interpreter, 0};
    }
}
