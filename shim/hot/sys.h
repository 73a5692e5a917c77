/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * System calls without the C library: no errno, no cancellation point, no lock, and no way back into our own wrappers.
 * Every function returns what the kernel returns: a value of at least 0, or -errno.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "../core/capset.h"

/* The kernel's struct sigaction, which is not the C library's. */
struct ck_kernel_sigaction {
    void (*handler)(int, void *, void *);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};

/* What of a file decides here. */
struct ck_file_stat {
    mode_t mode;
    uid_t uid;
    gid_t gid;
    dev_t dev;
    ino_t ino;
    uint32_t links;
};

/* capget(2) and capset(2) on the calling thread: permitted, effective, inheritable; the other two are not touched. */
int ck_sys_capget(struct ck_capset *ret_caps);
int ck_sys_capset(const struct ck_capset *caps);
/* Whether a filter lets capset through; asked so that nothing changes. */
bool ck_sys_capset_is_allowed(void);
int ck_sys_prctl(int option, unsigned long arg2, unsigned long arg3);
int ck_sys_getresuid(struct ck_uids *ret_uids);
int ck_sys_getuid(uid_t *ret_uid);
int ck_sys_geteuid(uid_t *ret_uid);
int ck_sys_getresgid(struct ck_gids *ret_gids);
/* Whether it is one of the supplementary groups; false where they cannot be read. */
bool ck_sys_is_in_group(gid_t gid);
int ck_sys_rt_sigaction(int signal, const struct ck_kernel_sigaction *action, struct ck_kernel_sigaction *ret_old);

pid_t ck_sys_getppid(void);

int ck_sys_openat(int dirfd, const char *path, int flags);
int ck_sys_creat_append(const char *path);
int ck_sys_close(int fd);
ssize_t ck_sys_pread(int fd, void *buffer, size_t size);
ssize_t ck_sys_write(int fd, const void *buffer, size_t size);
/* 1 where a write of a line would neither block nor fail for want of a reader; 0 or -errno else. */
int ck_sys_poll_out(int fd);
ssize_t ck_sys_readlink(const char *path, char *buffer, size_t size);
int ck_sys_statx(int dirfd, const char *path, int flags, struct ck_file_stat *ret_stat);
/* Whether the file system of `path` is mounted nosuid: 1, 0 or -errno. */
int ck_sys_is_nosuid(const char *path);
ssize_t ck_sys_getxattr(const char *path, const char *name, void *buffer, size_t size);
/* Whether the effective ids may do that (X_OK, R_OK): 0, or -errno; -ENOSYS before Linux 5.8. */
int ck_sys_access(int dirfd, const char *path, int mode, int flags);
/* Whether a link of /proc/PID leads to the file, as exe and fd/N do. Before Linux 5.6 none is seen. */
bool ck_sys_has_magic_link(const char *path);
int ck_sys_socket(int family, int type);
/* Both of its ends are closed on exec and never block. */
int ck_sys_pipe(int ret_fds[2]);
/* Of the first pipe's content, at once or not at all: -EAGAIN where the second is full, -EINVAL where it is no pipe. */
ssize_t ck_sys_tee(int from, int to, size_t size);
ssize_t ck_sys_sendmsg(int fd, const struct msghdr *message, int flags);
pid_t ck_sys_getpid(void);
pid_t ck_sys_gettid(void);
/* Lets others run: for some microseconds, or, with 0, whoever is waiting for this processor. */
void ck_sys_rest(unsigned microseconds);
int ck_sys_mprotect(void *start, size_t size, int protection);
/* How many threads this process has, or -errno where /proc cannot tell. */
int ck_sys_count_threads(void);
/* New memory of this process alone, all zero, to be read and written. */
int ck_sys_mmap(size_t size, void **ret_memory);
int ck_sys_munmap(void *memory, size_t size);
/*
 * Whether execveat would begin, by AT_EXECVE_CHECK (Linux 6.14): 0, or what it would fail with, -EINVAL or -ENOSYS where the
 * kernel cannot be asked. What the file is made of is not looked at, nor that of its interpreters.
 */
int ck_sys_execve_check(int dirfd, const char *path, char *const *argv, char *const *envp, int flags);
/* In a child that fork(2) makes, these pages are all zero. */
int ck_sys_wipe_on_fork(void *memory, size_t size);
/* Signals as the kernel numbers them: the lowest bit is signal 1. `ret_old` may be NULL. */
int ck_sys_rt_sigprocmask(int how, const uint64_t *mask, uint64_t *ret_old);
/* Whether the byte there can be read, and with it all of its page; what a caller has given need not be memory. */
bool ck_sys_can_read(const void *memory);
int ck_sys_rt_sigpending(uint64_t *ret_mask);
/* Takes one of these that is pending, without waiting: its number, or -EAGAIN. */
int ck_sys_rt_sigtimedwait_now(const uint64_t *mask);
/* SOCK_STREAM and its like; -ENOTSOCK where it is no socket. */
int ck_sys_get_socket_type(int fd);
ssize_t ck_sys_pread_at(int fd, void *buffer, size_t size, uint64_t offset);
