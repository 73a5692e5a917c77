/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/*
 * One instruction per architecture. The C library's syscall() will not do: it is itself one of the wrapped symbols,
 * and it writes errno, which belongs to the host. A sixth argument, where a call has one, is 0.
 */
static long ck_syscall(long number, long a, long b, long c, long d, long e)
{
#if defined(__x86_64__)
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = 0;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
#elif defined(__i386__)
    long result;
    __asm__ volatile("push %%ebp\n\txor %%ebp, %%ebp\n\tint $0x80\n\tpop %%ebp"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "cc");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
#else
#error "hot/sys.c: this architecture's system call instruction is missing; it is five lines"
#endif
}

int ck_sys_capget(struct ck_capset *ret_caps)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    long result = ck_syscall(SYS_capget, (long)&header, (long)data, 0, 0, 0);

    if (result < 0)
        return (int)result;
    ret_caps->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    ret_caps->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    ret_caps->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    return 0;
}

int ck_sys_capset(const struct ck_capset *caps)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        {(uint32_t)caps->effective, (uint32_t)caps->permitted, (uint32_t)caps->inheritable},
        {(uint32_t)(caps->effective >> 32), (uint32_t)(caps->permitted >> 32), (uint32_t)(caps->inheritable >> 32)},
    };

    return (int)ck_syscall(SYS_capset, (long)&header, (long)data, 0, 0, 0);
}

/*
 * Of a version that there is none of, so nothing is looked at but that. The kernel writes its own version in its place
 * (cap_validate_magic), which a filter cannot, whatever it answers.
 */
bool ck_sys_capset_is_allowed(void)
{
    struct __user_cap_header_struct header = {.version = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    return ck_syscall(SYS_capset, (long)&header, (long)data, 0, 0, 0) == -EINVAL && header.version != 0;
}

/* prctl's unused arguments have to be 0 (PR_CAP_AMBIENT and PR_SET_NO_NEW_PRIVS check). */
int ck_sys_prctl(int option, unsigned long arg2, unsigned long arg3)
{
    return (int)ck_syscall(SYS_prctl, option, (long)arg2, (long)arg3, 0, 0);
}

int ck_sys_getresuid(struct ck_uids *ret_uids)
{
#ifdef SYS_getresuid32
    const long number = SYS_getresuid32;
#else
    const long number = SYS_getresuid;
#endif
    return (int)ck_syscall(number, (long)&ret_uids->real, (long)&ret_uids->effective, (long)&ret_uids->saved, 0, 0);
}

/* The manual has no error for these; a seccomp filter has, and answers in the range of errors (-4095 to -1). */
static int read_id(long number, uid_t *ret_id)
{
    long result = ck_syscall(number, 0, 0, 0, 0, 0);

    if (result < 0 && result >= -4095)
        return (int)result;
    *ret_id = (uid_t)result;
    return 0;
}

int ck_sys_getuid(uid_t *ret_uid)
{
#ifdef SYS_getuid32
    return read_id(SYS_getuid32, ret_uid);
#else
    return read_id(SYS_getuid, ret_uid);
#endif
}

int ck_sys_geteuid(uid_t *ret_uid)
{
#ifdef SYS_geteuid32
    return read_id(SYS_geteuid32, ret_uid);
#else
    return read_id(SYS_geteuid, ret_uid);
#endif
}

int ck_sys_getresgid(struct ck_gids *ret_gids)
{
#ifdef SYS_getresgid32
    const long number = SYS_getresgid32;
#else
    const long number = SYS_getresgid;
#endif
    return (int)ck_syscall(number, (long)&ret_gids->real, (long)&ret_gids->effective, (long)&ret_gids->saved, 0, 0);
}

/* There may be 65,536 (NGROUPS_MAX), so they are read into memory of their own. */
bool ck_sys_is_in_group(gid_t gid)
{
#ifdef SYS_getgroups32
    const long number = SYS_getgroups32;
#else
    const long number = SYS_getgroups;
#endif
    long count = ck_syscall(number, 0, 0, 0, 0, 0);
    bool is_in = false;
    void *memory;

    if (count <= 0 || ck_sys_mmap((size_t)count * sizeof(gid_t), &memory) < 0)
        return false;
    const gid_t *groups = memory;
    count = ck_syscall(number, count, (long)memory, 0, 0, 0);
    for (long i = 0; i < count; i++)
        is_in |= groups[i] == gid;
    (void)ck_sys_munmap(memory, (size_t)(count > 0 ? count : 1) * sizeof(gid_t)); /* a whole mapping */
    return is_in;
}

/*
 * The kernel copies the set before it looks at what is to be done with it, which is nothing. Eight aligned bytes are of one
 * page.
 */
bool ck_sys_can_read(const void *memory)
{
    const int no_such_way = -1;
    const uint64_t *place = (const uint64_t *)((uintptr_t)memory & ~(uintptr_t)7);

    return place != NULL && ck_sys_rt_sigprocmask(no_such_way, place, NULL) != -EFAULT;
}

pid_t ck_sys_getppid(void)
{
    return (pid_t)ck_syscall(SYS_getppid, 0, 0, 0, 0, 0);
}

int ck_sys_rt_sigaction(int signal, const struct ck_kernel_sigaction *action, struct ck_kernel_sigaction *ret_old)
{
    return (int)ck_syscall(SYS_rt_sigaction, signal, (long)action, (long)ret_old, sizeof(ret_old->mask), 0);
}

int ck_sys_openat(int dirfd, const char *path, int flags)
{
    return (int)ck_syscall(SYS_openat, dirfd, (long)path, flags | O_LARGEFILE | O_CLOEXEC, 0, 0);
}

/*
 * For a log: never through a symbolic link, never waiting for the reader of a FIFO. A 32-bit process has to ask for
 * files of more than 2 GiB (O_LARGEFILE), which the C library's open does by itself.
 */
int ck_sys_creat_append(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_LARGEFILE | O_CLOEXEC;

    return (int)ck_syscall(SYS_openat, AT_FDCWD, (long)path, flags, 0640, 0);
}

int ck_sys_close(int fd)
{
    return (int)ck_syscall(SYS_close, fd, 0, 0, 0, 0);
}

ssize_t ck_sys_pread(int fd, void *buffer, size_t size)
{
    /* A 64-bit offset takes one or two registers; zero is zero in both. */
    return ck_syscall(SYS_pread64, fd, (long)buffer, (long)size, 0, 0);
}

ssize_t ck_sys_write(int fd, const void *buffer, size_t size)
{
    return ck_syscall(SYS_write, fd, (long)buffer, (long)size, 0, 0);
}

int ck_sys_poll_out(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    long now[4] = {0}; /* a zero timeout reads the same in every layout of struct timespec */
    long result = ck_syscall(SYS_ppoll, (long)&poll_fd, 1, (long)now, 0, 0);

    return result < 0 ? (int)result : poll_fd.revents == POLLOUT;
}

ssize_t ck_sys_readlink(const char *path, char *buffer, size_t size)
{
    return ck_syscall(SYS_readlinkat, AT_FDCWD, (long)path, (long)buffer, (long)size, 0);
}

int ck_sys_wipe_on_fork(void *memory, size_t size)
{
    return (int)ck_syscall(SYS_madvise, (long)memory, (long)size, MADV_WIPEONFORK, 0, 0);
}

/* makedev(3), which is an import where the compiler makes small code. The parts are 32 bits wide. */
static dev_t make_dev(uint32_t major, uint32_t minor)
{
    return (dev_t)(major & 0xfffff000U) << 32 | (dev_t)(minor & 0xffffff00U) << 12 | (major & 0xfffU) << 8 |
           (minor & 0xffU);
}

int ck_sys_statx(int dirfd, const char *path, int flags, struct ck_file_stat *ret_stat)
{
    struct statx data = {0};
    long result = ck_syscall(SYS_statx, dirfd, (long)path, flags, STATX_BASIC_STATS, (long)&data);

    if (result < 0)
        return (int)result;
    *ret_stat = (struct ck_file_stat){
        .mode = data.stx_mode,
        .uid = data.stx_uid,
        .gid = data.stx_gid,
        .dev = make_dev(data.stx_dev_major, data.stx_dev_minor),
        .ino = (ino_t)data.stx_ino,
        .links = data.stx_nlink,
    };
    return 0;
}

int ck_sys_is_nosuid(const char *path)
{
    struct statfs data = {0};
#ifdef SYS_statfs64
    /* The 64-bit layout of a 32-bit kernel interface; sizeof is the kernel's own where the library is built for it. */
    struct statfs64 wide;
    long result = ck_syscall(SYS_statfs64, (long)path, sizeof(wide), (long)&wide, 0, 0);
    data.f_flags = wide.f_flags;
#else
    long result = ck_syscall(SYS_statfs, (long)path, (long)&data, 0, 0, 0);
#endif
    if (result < 0)
        return (int)result;
    return (data.f_flags & ST_NOSUID) != 0;
}

ssize_t ck_sys_getxattr(const char *path, const char *name, void *buffer, size_t size)
{
    return ck_syscall(SYS_getxattr, (long)path, (long)name, (long)buffer, (long)size, 0);
}

#ifndef SYS_faccessat2
#define SYS_faccessat2 439 /* of every architecture (asm-generic/unistd.h) */
#endif

int ck_sys_access(int dirfd, const char *path, int mode, int flags)
{
    return (int)ck_syscall(SYS_faccessat2, dirfd, (long)path, mode, flags | AT_EACCESS, 0);
}

bool ck_sys_has_magic_link(const char *path)
{
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS};
    int fd = (int)ck_syscall(SYS_openat2, AT_FDCWD, (long)path, (long)&how, sizeof(how), 0);

    if (fd >= 0)
        (void)ck_sys_close(fd); /* nothing is lost with it */
    return fd == -ELOOP;
}

/* Not in every header yet. */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

int ck_sys_execve_check(int dirfd, const char *path, char *const *argv, char *const *envp, int flags)
{
    return (int)ck_syscall(SYS_execveat, dirfd, (long)path, (long)argv, (long)envp, flags | AT_EXECVE_CHECK);
}

int ck_sys_socket(int family, int type)
{
    return (int)ck_syscall(SYS_socket, family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, 0, 0);
}

int ck_sys_pipe(int ret_fds[2])
{
    return (int)ck_syscall(SYS_pipe2, (long)ret_fds, O_CLOEXEC | O_NONBLOCK, 0, 0, 0);
}

ssize_t ck_sys_tee(int from, int to, size_t size)
{
    return ck_syscall(SYS_tee, from, to, (long)size, SPLICE_F_NONBLOCK, 0);
}

ssize_t ck_sys_sendmsg(int fd, const struct msghdr *message, int flags)
{
    return ck_syscall(SYS_sendmsg, fd, (long)message, flags, 0, 0);
}

pid_t ck_sys_getpid(void)
{
    return (pid_t)ck_syscall(SYS_getpid, 0, 0, 0, 0, 0);
}

pid_t ck_sys_gettid(void)
{
    return (pid_t)ck_syscall(SYS_gettid, 0, 0, 0, 0, 0);
}

void ck_sys_rest(unsigned microseconds)
{
    /* Two words of the process's own size, whatever struct timespec is to the C library. */
    long time[2] = {0, (long)microseconds * 1000};

    if (microseconds == 0)
        (void)ck_syscall(SYS_sched_yield, 0, 0, 0, 0, 0); /* it cannot fail */
    else
        (void)ck_syscall(SYS_nanosleep, (long)time, 0, 0, 0, 0); /* a signal shortens it, no more */
}

int ck_sys_mprotect(void *start, size_t size, int protection)
{
    return (int)ck_syscall(SYS_mprotect, (long)start, (long)size, protection, 0, 0);
}

int ck_sys_count_threads(void)
{
    struct ck_file_stat stat = {.links = 0};
    int result = ck_sys_statx(AT_FDCWD, "/proc/self/task", 0, &stat);

    /* A directory has one link more for each directory in it, here for each thread (proc_task_getattr). */
    return result < 0 ? result : (int)stat.links - 2;
}

int ck_sys_mmap(size_t size, void **ret_memory)
{
#ifdef SYS_mmap2
    const long number = SYS_mmap2;
#else
    const long number = SYS_mmap;
#endif
    long result = ck_syscall(number, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

    if (result < 0 && result >= -4095)
        return (int)result;
    *ret_memory = (void *)result;
    return 0;
}

int ck_sys_munmap(void *memory, size_t size)
{
    return (int)ck_syscall(SYS_munmap, (long)memory, (long)size, 0, 0, 0);
}

int ck_sys_rt_sigprocmask(int how, const uint64_t *mask, uint64_t *ret_old)
{
    return (int)ck_syscall(SYS_rt_sigprocmask, how, (long)mask, (long)ret_old, sizeof(*mask), 0);
}

int ck_sys_rt_sigpending(uint64_t *ret_mask)
{
    return (int)ck_syscall(SYS_rt_sigpending, (long)ret_mask, sizeof(*ret_mask), 0, 0, 0);
}

int ck_sys_rt_sigtimedwait_now(const uint64_t *mask)
{
    long now[4] = {0}; /* as in ck_sys_poll_out */

    return (int)ck_syscall(SYS_rt_sigtimedwait, (long)mask, 0, (long)now, sizeof(*mask), 0);
}

int ck_sys_get_socket_type(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);
    long result = ck_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, (long)&type, (long)&size);

    return result < 0 ? (int)result : type;
}

ssize_t ck_sys_pread_at(int fd, void *buffer, size_t size, uint64_t offset)
{
#if defined(__i386__)
    return ck_syscall(SYS_pread64, fd, (long)buffer, (long)size, (long)(uint32_t)offset, (long)(offset >> 32));
#else
    return ck_syscall(SYS_pread64, fd, (long)buffer, (long)size, (long)offset, 0);
#endif
}
