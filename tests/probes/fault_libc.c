/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fault injection into what libcapkeep.so does at load: preloaded in front of it, this library fails a C library
 * function that is called from there, and from there alone. FAULT_LIBC="NAME,ERRNO,N": the Nth call of that name, or
 * of any, with ERRNO as a number. The failure is told on standard error.
 * FAULT_REPLACE=FILE: that file takes the place of what is opened to be read, when it has been looked at.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What libcapkeep.so imports: the longer names on 32-bit alone. */
#if UINTPTR_MAX > UINT32_MAX
#define fopen64 fopen
#define fstat64 fstat
#define fstatat64 fstatat
#define lstat64 lstat
#define mmap64 mmap
#define open64 open
#define openat64 openat
#define readdir64 readdir
#define dirent64 dirent
#define stat64 stat
#endif

/* glibc's own names; its dlsym may itself want memory. */
void *__libc_malloc(size_t size);
void *__libc_realloc(void *old, size_t size);

static long seen;

static int find_library(struct dl_phdr_info *info, size_t size, void *context)
{
    uintptr_t caller = *(uintptr_t *)context;
    const char *name = strrchr(info->dlpi_name, '/');

    (void)size; /* the fields are in every version */
    if (name == NULL || strcmp(name, "/libcapkeep.so") != 0)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && caller - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return 1;
    }
    return -1;
}

/* Whether this call, which returns to `caller`, is the one; errno is set then. */
static bool fails(const char *name, void *caller)
{
    const char *fault = getenv("FAULT_LIBC");
    size_t length = fault != NULL ? strcspn(fault, ",") : 0;
    uintptr_t address = (uintptr_t)caller;
    char *rest;

    if (fault == NULL || fault[length] != ',')
        return false;
    if (strncmp(fault, "any,", 4) != 0 && (strlen(name) != length || strncmp(fault, name, length) != 0))
        return false;
    if (dl_iterate_phdr(find_library, &address) != 1)
        return false;
    long error = strtol(fault + length + 1, &rest, 10);
    if (*rest != ',' || ++seen != atol(rest + 1))
        return false;
    /* Not by stdio: this may be its malloc. */
    char line[64] = "fault: ";
    strncat(line, name, 32);
    strcat(line, "\n");
    (void)!write(2, line, strlen(line));
    errno = (int)error;
    return true;
}

#define FAILS(name) fails(name, __builtin_return_address(0))
#define REAL(name) (*(__typeof__(&name) *)&(void *){dlsym(RTLD_NEXT, #name)})

void *malloc(size_t size)
{
    return FAILS("malloc") ? NULL : __libc_malloc(size);
}

void *realloc(void *old, size_t size)
{
    return FAILS("realloc") ? NULL : __libc_realloc(old, size);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset)
{
    return FAILS("mmap") ? MAP_FAILED : REAL(mmap64)(address, length, protection, flags, fd, offset);
}

int mprotect(void *address, size_t length, int protection)
{
    return FAILS("mprotect") ? -1 : REAL(mprotect)(address, length, protection);
}

int open64(const char *path, int flags, ...)
{
    va_list list;

    va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    va_end(list);
    return FAILS("open") ? -1 : REAL(open64)(path, flags, mode);
}

int openat64(int dirfd, const char *path, int flags, ...)
{
    va_list list;

    va_start(list, flags);
    mode_t mode = va_arg(list, mode_t);
    va_end(list);
    const char *other = getenv("FAULT_REPLACE");
    if (other != NULL && (flags & (O_NOFOLLOW | O_PATH)) == O_NOFOLLOW)
        (void)!renameat(AT_FDCWD, other, dirfd, path); /* the test sees whether it was */
    return FAILS("openat") ? -1 : REAL(openat64)(dirfd, path, flags, mode);
}

int close(int fd)
{
    return FAILS("close") ? -1 : REAL(close)(fd);
}

ssize_t read(int fd, void *buffer, size_t size)
{
    return FAILS("read") ? -1 : REAL(read)(fd, buffer, size);
}

ssize_t readlinkat(int dirfd, const char *path, char *buffer, size_t size)
{
    return FAILS("readlinkat") ? -1 : REAL(readlinkat)(dirfd, path, buffer, size);
}

int fstat64(int fd, struct stat64 *ret_stat)
{
    return FAILS("fstat") ? -1 : REAL(fstat64)(fd, ret_stat);
}

int stat64(const char *path, struct stat64 *ret_stat)
{
    return FAILS("stat") ? -1 : REAL(stat64)(path, ret_stat);
}

int lstat64(const char *path, struct stat64 *ret_stat)
{
    return FAILS("lstat") ? -1 : REAL(lstat64)(path, ret_stat);
}

int fstatat64(int dirfd, const char *path, struct stat64 *ret_stat, int flags)
{
    return FAILS("fstatat") ? -1 : REAL(fstatat64)(dirfd, path, ret_stat, flags);
}

char *realpath(const char *path, char *resolved)
{
    return FAILS("realpath") ? NULL : REAL(realpath)(path, resolved);
}

DIR *fdopendir(int fd)
{
    return FAILS("fdopendir") ? NULL : REAL(fdopendir)(fd);
}

struct dirent64 *readdir64(DIR *directory)
{
    return FAILS("readdir") ? NULL : REAL(readdir64)(directory);
}

FILE *fopen64(const char *path, const char *mode)
{
    return FAILS("fopen") ? NULL : REAL(fopen64)(path, mode);
}

int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found)
{
    *ret_found = NULL;
    return FAILS("getpwnam_r") ? errno : REAL(getpwnam_r)(name, entry, buffer, size, ret_found);
}
