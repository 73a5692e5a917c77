/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exec family. glibc's own calls between these do not pass through us, so each is wrapped for itself. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "exec_call.h"
#include "real.h"

/* The headers say that these are never NULL, so the compiler would drop a plain comparison. */
static bool no_list(char *const *list)
{
    char *const *volatile value = list;

    return value == NULL;
}

int execve(const char *path, char *const argv[], char *const envp[])
{
    return ck_exec_run(&(struct ck_exec_call){CK_EXECVE, "execve", {AT_FDCWD, path, 0}, argv, envp});
}

int execv(const char *path, char *const argv[])
{
    return ck_exec_run(&(struct ck_exec_call){CK_EXECVE, "execv", {AT_FDCWD, path, 0}, argv, environ});
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
    /* glibc answers EINVAL where another environment of ours would let it go on (fexecve.c). */
    if (no_list(argv) || no_list(envp)) {
        (void)ck_state_get(); /* for the pointer */
        return ck_real.fexecve(fd, argv, envp);
    }
    return ck_exec_run(&(struct ck_exec_call){CK_FEXECVE, "fexecve", {fd, "", AT_EMPTY_PATH}, argv, envp});
}

int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
    return ck_exec_run(&(struct ck_exec_call){CK_EXECVEAT, "execveat", {dirfd, path, flags}, argv, envp});
}

/* execvp(3): a file that the kernel does not know how to execute is a script for /bin/sh. */
static int run_as_script(const char *name, const char *path, char *const argv[], char *const envp[])
{
    size_t count = 0;

    while (argv != NULL && argv[count] != NULL)
        count++;
    char *shell_argv[count + 3];
    shell_argv[0] = (char *)"/bin/sh";
    shell_argv[1] = (char *)path;
    if (count > 1)
        memcpy(shell_argv + 2, argv + 1, (count - 1) * sizeof(*argv));
    shell_argv[count > 1 ? count + 1 : 2] = NULL;
    return ck_exec_run(&(struct ck_exec_call){CK_EXECVE, name, {AT_FDCWD, "/bin/sh", 0}, shell_argv, envp});
}

/* glibc alone goes to the shell (posix/execvpe.c); musl leaves it at the error. */
static int run_path(const char *name, const char *path, char *const argv[], char *const envp[])
{
    int result = ck_exec_run(&(struct ck_exec_call){CK_EXECVE, name, {AT_FDCWD, path, 0}, argv, envp});

    return errno == ENOEXEC && ck_state_get()->glibc ? run_as_script(name, path, argv, envp) : result;
}

/* Whether the search goes on after this failure (posix/execvpe.c: the file is not there, or its file system is gone). */
static bool search_goes_on(int error)
{
    bool is_gone = error == ESTALE || error == ENODEV || error == ETIMEDOUT;

    return error == EACCES || error == ENOENT || error == ENOTDIR || (is_gone && ck_state_get()->glibc);
}

static int __attribute__((noinline)) try_entry(const char *name, const char *directory, size_t length, const char *file,
                                               char *const argv[], char *const envp[])
{
    /* On the stack, as the C library has it. */
    char candidate[length + strlen(file) + 2];

    ck_path_join(directory, length, file, candidate);
    return run_path(name, candidate, argv, envp);
}

static int search(const char *name, const char *file, char *const argv[], char *const envp[])
{
    const char *path = ck_environ_find(environ, "PATH");
    size_t file_length = strnlen(file, NAME_MAX + 1);
    bool denied = false;

    if (file_length == 0 || file_length > NAME_MAX) {
        errno = file_length == 0 ? ENOENT : ENAMETOOLONG;
        return -1;
    }
    if (path == NULL)
        path = ck_default_path();
    for (;; path++) {
        size_t length = strcspn(path, ":");

        if (length < PATH_MAX) {
            (void)try_entry(name, path, length, file, argv, envp); /* it returns only on failure, and errno tells */
            denied |= errno == EACCES;
            if (!search_goes_on(errno))
                return -1;
        }
        path += length;
        if (*path == '\0')
            break;
    }
    if (denied)
        errno = EACCES;
    return -1;
}

/* Where there is nothing to do the C library's own function does it, by its own rules. */
static int run_search(const char *name, const char *file, char *const argv[], char *const envp[])
{
    if (!ck_state_get()->armed)
        return ck_real.execvpe(file, argv, envp);
    if (strchr(file, '/') != NULL)
        return run_path(name, file, argv, envp);
    return search(name, file, argv, envp);
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
    return run_search("execvpe", file, argv, envp);
}

int execvp(const char *file, char *const argv[])
{
    return run_search("execvp", file, argv, environ);
}

/*
 * How many arguments an execl call has, with its terminating NULL. The first is not looked at, as in glibc: whoever
 * gives NULL there gets what glibc gives (posix/execl.c).
 */
static size_t count_arguments(va_list list)
{
    size_t count = 2;

    while (va_arg(list, const char *) != NULL)
        count++;
    return count;
}

/* By its address: a list that is handed on by value need not have moved on in the caller (va_arg(3)), and execle does. */
static void collect_arguments(const char *first, va_list *list, size_t count, char **argv)
{
    argv[0] = (char *)first;
    for (size_t i = 1; i < count; i++)
        argv[i] = va_arg(*list, char *);
}

int execl(const char *path, const char *arg, ...)
{
    va_list list;

    va_start(list, arg);
    size_t count = count_arguments(list);
    va_end(list);
    char *argv[count];
    va_start(list, arg);
    collect_arguments(arg, &list, count, argv);
    va_end(list);
    return ck_exec_run(&(struct ck_exec_call){CK_EXECVE, "execl", {AT_FDCWD, path, 0}, argv, environ});
}

int execlp(const char *file, const char *arg, ...)
{
    va_list list;

    va_start(list, arg);
    size_t count = count_arguments(list);
    va_end(list);
    char *argv[count];
    va_start(list, arg);
    collect_arguments(arg, &list, count, argv);
    va_end(list);
    return run_search("execlp", file, argv, environ);
}

int execle(const char *path, const char *arg, ...)
{
    va_list list;

    va_start(list, arg);
    size_t count = count_arguments(list);
    va_end(list);
    char *argv[count];
    va_start(list, arg);
    collect_arguments(arg, &list, count, argv);
    char *const *envp = va_arg(list, char *const *);
    va_end(list);
    return ck_exec_run(&(struct ck_exec_call){CK_EXECVE, "execle", {AT_FDCWD, path, 0}, argv, envp});
}
