/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BASE "/tmp"
#define ATTRIBUTE "security.capability"

__attribute__((format(printf, 2, 3))) static void format_path(char path[COMPARE_PATH_MAX], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vsnprintf(path, COMPARE_PATH_MAX, format, arguments) >= COMPARE_PATH_MAX)
        abort();
    va_end(arguments);
}

static int copy_program(int helper, const char *to)
{
    char buffer[65536];
    int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    off_t offset = 0;

    if (fd < 0)
        return -1;
    for (ssize_t size; (size = pread(helper, buffer, sizeof(buffer), offset)) != 0; offset += size) {
        if (size < 0 || write(fd, buffer, (size_t)size) != size)
            return -1;
    }
    return close(fd);
}

static int write_script(unsigned worker, const char *mount_of_interpreter)
{
    char path[COMPARE_PATH_MAX];

    format_path(path, BASE "/suid/%u/%s-script", worker, mount_of_interpreter);
    FILE *script = fopen(path, "we");
    if (script == NULL)
        return -1;
    fprintf(script, "#!" BASE "/%s/%u/program\n", mount_of_interpreter, worker);
    return fclose(script);
}

static int make_worker_files(int helper, unsigned worker)
{
    char path[COMPARE_PATH_MAX];

    format_path(path, BASE "/suid/%u", worker);
    if (mkdir(path, 0755) < 0)
        return -1;
    format_path(path, BASE "/suid/%u/program", worker);
    if (copy_program(helper, path) < 0 || write_script(worker, "suid") < 0)
        return -1;
    return write_script(worker, "nosuid");
}

static int mount_nosuid(const char *from, const char *to)
{
    if (mkdir(to, 0755) < 0 || mount(from, to, NULL, MS_BIND, NULL) < 0)
        return -1;
    return mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | MS_NOSUID, NULL);
}

int compare_files_make(int helper, unsigned workers)
{
    umask(022);
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", BASE, "tmpfs", 0, "mode=755") < 0)
        return -1;
    if (mkdir(BASE "/suid", 0755) < 0 || mount_nosuid(BASE "/suid", BASE "/nosuid") < 0)
        return -1;
    for (unsigned worker = 0; worker < workers; worker++) {
        if (make_worker_files(helper, worker) < 0)
            return -1;
    }
    return 0;
}

/* --- odd files */

static const struct {
    uint64_t length;
    uint64_t words[7];
} odd_attributes[COMPARE_ODD_FILES / 2] = {
    {XATTR_CAPS_SZ_1, {VFS_CAP_REVISION_1 | VFS_CAP_FLAGS_EFFECTIVE, 0x2000, 0x400}},
    {XATTR_CAPS_SZ_1, {VFS_CAP_REVISION_1, 0x80002400, 0xffffffff}},
    {XATTR_CAPS_SZ_1, {VFS_CAP_REVISION_1}},
    {XATTR_CAPS_SZ_2, {VFS_CAP_REVISION_1, 0x2000, 0, 0, 0}},
    {XATTR_CAPS_SZ_3, {VFS_CAP_REVISION_2, 0x2000, 0, 0, 0, 0}},
    {XATTR_CAPS_SZ_2, {VFS_CAP_REVISION_3, 0x2000, 0, 0, 0}},
    {XATTR_CAPS_SZ_2, {0x04000000, 0x2000, 0, 0, 0}},
    {XATTR_CAPS_SZ_2, {VFS_CAP_REVISION_2 | 0x00ff00, 0x2000, 0, 0, 0}},
    {XATTR_CAPS_SZ_3 + 4, {VFS_CAP_REVISION_3, 0x2000, 0, 0, 0, 0, 0}},
    {3, {0x010101}},
};

void compare_files_describe_odd(struct compare_case *the_case)
{
    size_t index = (size_t)(the_case->odd - 1) % (COMPARE_ODD_FILES / 2);
    bool is_second = the_case->odd > COMPARE_ODD_FILES / 2;

    the_case->file.mode = is_second ? 04755 : 0755;
    the_case->file.uid = the_case->file.gid = 0;
    the_case->file.caps_length = odd_attributes[index].length;
    memcpy(the_case->file.caps, odd_attributes[index].words, sizeof(the_case->file.caps));
}

/* The attribute as it stands on disk: little-endian words. */
static void to_bytes(const struct compare_file *file, unsigned char *bytes)
{
    for (size_t i = 0; i < file->caps_length; i++)
        bytes[i] = (unsigned char)(file->caps[i / 4] >> (i % 4 * 8));
}

/* The file's contents, its attribute's in a file beside it, and what debugfs is to do with that. */
static int make_odd_source(int helper, unsigned number, FILE *commands)
{
    unsigned char bytes[sizeof(((struct compare_file *)0)->caps)];
    struct compare_case the_case = {.odd = number};
    char path[COMPARE_PATH_MAX];

    compare_files_describe_odd(&the_case);
    format_path(path, BASE "/odd-source/%u", number);
    if (copy_program(helper, path) < 0 || chmod(path, (mode_t)the_case.file.mode) < 0)
        return -1;
    format_path(path, BASE "/odd-value-%u", number);
    FILE *value = fopen(path, "we");
    if (value == NULL)
        return -1;
    to_bytes(&the_case.file, bytes);
    fwrite(bytes, 1, (size_t)the_case.file.caps_length, value);
    fprintf(commands, "ea_set -f %s /%u " ATTRIBUTE "\n", path, number);
    return fclose(value);
}

int compare_files_make_odd(int helper)
{
    static const char command[] = "{ mke2fs -q -t ext4 -O ^has_journal -d " BASE "/odd-source " BASE "/odd.img 64M && "
                                  "debugfs -w -f " BASE "/odd-commands " BASE "/odd.img && "
                                  "mount -o loop,ro " BASE "/odd.img " BASE "/odd-suid; } >" BASE "/odd-log 2>&1";
    int result = mkdir(BASE "/odd-source", 0755) < 0 || mkdir(BASE "/odd-suid", 0755) < 0 ? -1 : 0;
    FILE *commands = fopen(BASE "/odd-commands", "we");

    if (commands == NULL)
        return -1;
    for (unsigned number = 1; result == 0 && number <= COMPARE_ODD_FILES; number++)
        result = make_odd_source(helper, number, commands);
    if (fclose(commands) != 0 || result < 0 || system(command) != 0)
        return -1;
    return mount_nosuid(BASE "/odd-suid", BASE "/odd-nosuid");
}

/* --- one case */

/* Changing the owner takes away both set-id bits and the attribute, so it comes first. */
static int set_facts(const char *path, const struct compare_file *file)
{
    unsigned char bytes[sizeof(file->caps)];

    if (chown(path, (uid_t)file->uid, (gid_t)file->gid) < 0 || chmod(path, (mode_t)file->mode) < 0)
        return -1;
    if (file->caps_length == 0)
        return removexattr(path, ATTRIBUTE) < 0 && errno != ENODATA ? -1 : 0;
    to_bytes(file, bytes);
    return setxattr(path, ATTRIBUTE, bytes, (size_t)file->caps_length, 0);
}

static const char *mount_of(const struct compare_file *file)
{
    return file->nosuid ? "nosuid" : "suid";
}

static bool is_script(const struct compare_case *the_case)
{
    return the_case->script.mode != 0;
}

int compare_files_prepare(const struct compare_case *the_case, unsigned worker)
{
    char path[COMPARE_PATH_MAX];

    if (the_case->call != CALL_EXECVE || the_case->odd != 0)
        return 0;
    format_path(path, BASE "/suid/%u/program", worker);
    if (set_facts(path, &the_case->file) < 0)
        return -1;
    format_path(path, BASE "/suid/%u/%s-script", worker, mount_of(&the_case->file));
    return is_script(the_case) ? set_facts(path, &the_case->script) : 0;
}

void compare_files_path(const struct compare_case *the_case, unsigned worker, char ret_path[COMPARE_PATH_MAX])
{
    const char *program = mount_of(&the_case->file);

    if (the_case->odd != 0)
        format_path(ret_path, BASE "/odd-%s/%u", program, (unsigned)the_case->odd);
    else if (is_script(the_case))
        format_path(ret_path, BASE "/%s/%u/%s-script", mount_of(&the_case->script), worker, program);
    else
        format_path(ret_path, BASE "/%s/%u/program", program, worker);
}

/* The attribute's bytes are kept as long as the facts are: until the next case. */
static struct ck_file facts_of(const struct compare_file *file, unsigned char *bytes)
{
    to_bytes(file, bytes);
    return (struct ck_file){
        .mode = (mode_t)file->mode,
        .uid = (uid_t)file->uid,
        .gid = (gid_t)file->gid,
        .nosuid = file->nosuid != 0,
        .caps = file->caps_length != 0 ? bytes : NULL,
        .caps_length = (unsigned)file->caps_length,
    };
}

const struct ck_file *compare_files_facts(const struct compare_case *the_case, struct ck_file ret_files[2])
{
    static unsigned char bytes[2][sizeof(the_case->file.caps)];

    ret_files[0] = facts_of(&the_case->file, bytes[0]);
    if (!is_script(the_case))
        return &ret_files[0];
    ret_files[1] = facts_of(&the_case->script, bytes[1]);
    ret_files[1].interpreter = &ret_files[0];
    return &ret_files[1];
}
