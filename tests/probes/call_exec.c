/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "call.h"

/* A list of arguments longer than a page, for the functions that take it as it stands in the source. */
#define TEN(a, i)                                                                                                      \
    (a)[(i)], (a)[(i) + 1], (a)[(i) + 2], (a)[(i) + 3], (a)[(i) + 4], (a)[(i) + 5], (a)[(i) + 6], (a)[(i) + 7],        \
        (a)[(i) + 8], (a)[(i) + 9]
#define HUNDRED(a, i)                                                                                                  \
    TEN(a, (i)), TEN(a, (i) + 10), TEN(a, (i) + 20), TEN(a, (i) + 30), TEN(a, (i) + 40), TEN(a, (i) + 50),             \
        TEN(a, (i) + 60), TEN(a, (i) + 70), TEN(a, (i) + 80), TEN(a, (i) + 90)
#define SIX_HUNDRED(a)                                                                                                 \
    HUNDRED(a, 0), HUNDRED(a, 100), HUNDRED(a, 200), HUNDRED(a, 300), HUNDRED(a, 400), HUNDRED(a, 500)
#define LIST_END ((char *)NULL)

/* A call without any argument is one of the cases; the compiler objects to it. */
#pragma GCC diagnostic ignored "-Wformat"

static void unsupported(const struct call *call)
{
    fprintf(stderr, "call: a list of %zu arguments is not in the source\n", call->argc);
    exit(99);
}

static int run_execve(const struct call *call)
{
    return execve(call->path, call_argv(call), call_envp(call));
}

static int run_execv(const struct call *call)
{
    return execv(call->path, call_argv(call));
}

static int run_execvp(const struct call *call)
{
    return execvp(call->path, call_argv(call));
}

static int run_execvpe(const struct call *call)
{
    return execvpe(call->path, call_argv(call), call_envp(call));
}

static int run_fexecve(const struct call *call)
{
    return fexecve(call->fd, call_argv(call), call_envp(call));
}

#ifndef __GLIBC__ /* musl has none: who wants it makes the system call */
static int execveat(int fd, const char *path, char *const argv[], char *const envp[], int flags)
{
    return (int)syscall(SYS_execveat, fd, path, argv, envp, flags);
}
#endif

static int run_execveat(const struct call *call)
{
    return execveat(call->fd, call->path, call_argv(call), call_envp(call), call->flags);
}

static int run_execl(const struct call *call)
{
    char *const *a = call_argv(call);

    if (a == NULL)
        return execl(call->path, LIST_END);
    switch (call->argc) {
    case 0:
    case 1:
        return execl(call->path, a[0], LIST_END);
    case 2:
        return execl(call->path, a[0], a[1], LIST_END);
    case 3:
        return execl(call->path, a[0], a[1], a[2], LIST_END);
    case 600:
        return execl(call->path, SIX_HUNDRED(a), LIST_END);
    default:
        unsupported(call);
        return 0;
    }
}

static int run_execlp(const struct call *call)
{
    char *const *a = call_argv(call);

    if (a == NULL)
        return execlp(call->path, LIST_END);
    switch (call->argc) {
    case 0:
    case 1:
        return execlp(call->path, a[0], LIST_END);
    case 2:
        return execlp(call->path, a[0], a[1], LIST_END);
    case 3:
        return execlp(call->path, a[0], a[1], a[2], LIST_END);
    case 600:
        return execlp(call->path, SIX_HUNDRED(a), LIST_END);
    default:
        unsupported(call);
        return 0;
    }
}

static int run_execle(const struct call *call)
{
    char *const *a = call_argv(call);
    char *const *envp = call_envp(call);

    if (a == NULL)
        return execle(call->path, LIST_END, envp);
    switch (call->argc) {
    case 0:
    case 1:
        return execle(call->path, a[0], LIST_END, envp);
    case 2:
        return execle(call->path, a[0], a[1], LIST_END, envp);
    case 3:
        return execle(call->path, a[0], a[1], a[2], LIST_END, envp);
    case 600:
        return execle(call->path, SIX_HUNDRED(a), LIST_END, envp);
    default:
        unsupported(call);
        return 0;
    }
}

void call_execve(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execve", run_execve);
}

void call_execv(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execv", run_execv);
}

void call_execvp(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execvp", run_execvp);
}

void call_execvpe(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execvpe", run_execvpe);
}

void call_execl(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execl", run_execl);
}

void call_execlp(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execlp", run_execlp);
}

void call_execle(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execle", run_execle);
}

void call_fexecve(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "fexecve", run_fexecve);
}

void call_execveat(struct call *call, const char *operand)
{
    (void)operand;
    call_exec(call, "execveat", run_execveat);
}
