/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A launcher like su-exec: drop UID COMMAND [ARG...]. The build makes it dynamic, static, with musl, without libc, with
 * libc for the exec alone, such that it looks the functions up by their names, and with a function of libc's for its own.
 */
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef DROP_BY_INLINE_SYSCALLS
/* No libc in between, as in a language runtime with its own system calls. */
static long inline_syscall(long number, long first, long second, long third)
{
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
#elif defined(__i386__)
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long result __asm__("x0") = first;
    register long x1 __asm__("x1") = second;
    register long x2 __asm__("x2") = third;
    __asm__ volatile("svc 0" : "+r"(result) : "r"(x8), "r"(x1), "r"(x2) : "memory");
#else
#error "drop.c: this architecture's system call instruction is missing"
#endif
    return result;
}

static int take_id(int id)
{
    return inline_syscall(SYS_setgid, id, 0, 0) == 0 && inline_syscall(SYS_setuid, id, 0, 0) == 0 ? 0 : -1;
}
#elif defined(DROP_BY_LOOKUP)
static int call(const char *name, int id)
{
    int (*function)(unsigned id);

    *(void **)&function = dlsym(RTLD_DEFAULT, name);
    return function != NULL ? function((unsigned)id) : -1;
}

static int take_id(int id)
{
    return call("setgid", id) == 0 && call("setuid", id) == 0 ? 0 : -1;
}
#else
static int take_id(int id)
{
    return setgid((gid_t)id) == 0 && setuid((uid_t)id) == 0 ? 0 : -1;
}
#endif

#if defined(DROP_BY_INLINE_SYSCALLS) && !defined(EXECUTE_BY_LIBC)
static void execute(char *argv[])
{
    inline_syscall(SYS_execve, (long)argv[0], (long)argv, (long)environ);
}
#else
static void execute(char *argv[])
{
    execvp(argv[0], argv);
}
#endif

#ifdef OWNS_DL_ITERATE_PHDR
/* As ThreadSanitizer's runtime has it, and what caches for an unwinder. */
int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data)
{
    int (*real)(int (*)(struct dl_phdr_info *, size_t, void *), void *) = dlsym(RTLD_NEXT, "dl_iterate_phdr");

    return real(callback, data);
}
#endif

int main(int argc, char *argv[])
{
    if (argc < 3) {
        fprintf(stderr, "usage: drop UID COMMAND [ARG...]\n");
        return 125;
    }
    if (setgroups(0, NULL) != 0 || take_id((int)strtol(argv[1], NULL, 10)) != 0) {
        fprintf(stderr, "drop: cannot become %s: %s\n", argv[1], strerror(errno));
        return 125;
    }
    execute(argv + 2);
    fprintf(stderr, "drop: cannot execute %s\n", argv[2]);
    return 126;
}
