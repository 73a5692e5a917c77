/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pointers UID: gives each wrapped call what is no memory in each place of a pointer, as that user, and prints one line a
 * case: call, place, kind, and what has come of it in a child. Only where the kernel is the one that looks: the C library's
 * own reading is not the matter.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h> /* capset */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "/bin/true"

static char *args[] = {(char *)"true", NULL};
static char *variables[] = {(char *)"A=1", NULL};
static int fd;

/* What is handed over as the path, the arguments or the environment; the others are good. */
struct given {
    const char *path;
    char *const *argv;
    char *const *envp;
};

/* --- the kinds: an address where nothing is, one that may not be read, and what runs out of its page without an end */

static char *page; /* the page behind it may not be read */
static size_t page_size;

static void *string_without_end(void)
{
    memset(page, 'x', page_size);
    return page + page_size - 5;
}

static void *list_without_end(void)
{
    char **last = (char **)(void *)(page + page_size - sizeof(char *));

    *last = (char *)"A=1";
    return last;
}

static void *at_one(void)
{
    return (void *)1; /* NOLINT(performance-no-int-to-ptr) */
}

static void *at_the_top(void)
{
    return (void *)UINTPTR_MAX; /* NOLINT(performance-no-int-to-ptr) */
}

static void *not_to_be_read(void)
{
    return page + page_size;
}

/* A list is good, and one of its strings is not. */
static char *list[3];

static void *list_with(void *string)
{
    list[0] = (char *)"A=1";
    list[1] = string;
    list[2] = NULL;
    return list;
}

static void *list_with_one(void)
{
    return list_with(at_one());
}

static void *list_with_unread(void)
{
    return list_with(not_to_be_read());
}

static void *list_with_endless(void)
{
    return list_with(string_without_end());
}

static const struct kind {
    const char *name;
    void *(*make)(void);
    bool is_of_lists;
    bool is_of_strings;
} kinds[] = {
    {"one", at_one, true, true},
    {"top", at_the_top, true, true},
    {"unread", not_to_be_read, true, true},
    {"string-without-end", string_without_end, false, true},
    {"list-without-end", list_without_end, true, false},
    {"list-with-one", list_with_one, true, false},
    {"list-with-unread", list_with_unread, true, false},
    {"list-with-endless", list_with_endless, true, false},
};

/* --- the calls */

static int run_execve(const struct given *given)
{
    return execve(given->path, given->argv, given->envp);
}

static int run_execv(const struct given *given)
{
    environ = (char **)given->envp;
    return execv(given->path, given->argv);
}

static int run_execvpe(const struct given *given)
{
    return execvpe(PROGRAM, given->argv, given->envp);
}

static int run_fexecve(const struct given *given)
{
    return fexecve(fd, given->argv, given->envp);
}

static int run_execveat(const struct given *given)
{
    return execveat(AT_FDCWD, given->path, given->argv, given->envp, 0);
}

static int run_raw_execve(const struct given *given)
{
    return (int)syscall(SYS_execve, given->path, given->argv, given->envp);
}

static int run_raw_execveat(const struct given *given)
{
    return (int)syscall(SYS_execveat, fd, given->path, given->argv, given->envp, 0);
}

static int run_posix_spawn(const struct given *given)
{
    errno = posix_spawn(NULL, given->path, NULL, NULL, args, given->envp);
    return errno == 0 ? 0 : -1;
}

static int run_posix_spawnp(const struct given *given)
{
    errno = posix_spawnp(NULL, PROGRAM, NULL, NULL, args, given->envp);
    return errno == 0 ? 0 : -1;
}

static const struct {
    const char *name;
    int (*run)(const struct given *);
    bool has_path;
    bool has_argv;
} calls[] = {
    {"execve", run_execve, true, true},
    {"execv", run_execv, true, true},
    {"execvpe", run_execvpe, false, true},
    {"fexecve", run_fexecve, false, true},
    {"execveat", run_execveat, true, true},
    {"syscall-execve", run_raw_execve, true, true},
    {"syscall-execveat", run_raw_execveat, true, true},
    {"posix_spawn", run_posix_spawn, true, false},
    {"posix_spawnp", run_posix_spawnp, false, false},
};

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
static struct __user_cap_data_struct data[2];

/* What begins in the page and ends behind it. */
static void *across(size_t inside)
{
    return page + page_size - inside;
}

static int run_capset(bool is_raw, void *to_header, void *to_data)
{
    return is_raw ? (int)syscall(SYS_capset, to_header, to_data) : capset(to_header, to_data);
}

/* --- a case in a child */

static pid_t begin_case(const char *call, const char *place, const char *kind)
{
    printf("%s %s %s: ", call, place, kind);
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        exit(99);
    return pid;
}

static void end_case(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, 0) != pid)
        exit(99);
    if (WIFSIGNALED(status))
        printf("ended by signal %d\n", WTERMSIG(status));
    else
        printf("%s\n", WEXITSTATUS(status) == 0 ? "success" : strerrorname_np(WEXITSTATUS(status)));
}

static void run_exec_case(size_t call, const char *place, const struct kind *kind)
{
    pid_t pid = begin_case(calls[call].name, place, kind->name);

    if (pid == 0) {
        struct given given = {PROGRAM, args, variables};
        void *bad = kind->make();
        if (strcmp(place, "path") == 0)
            given.path = bad;
        else if (strcmp(place, "argv") == 0)
            given.argv = bad;
        else
            given.envp = bad;
        _exit(calls[call].run(&given) == 0 ? 0 : errno);
    }
    end_case(pid);
}

static void run_capset_cases(bool is_raw)
{
    const struct {
        const char *place;
        const char *kind;
        void *to_header;
        void *to_data;
    } cases[] = {
        {"header", "null", NULL, data},          {"header", "one", at_one(), data},
        {"header", "top", at_the_top(), data},   {"header", "unread", not_to_be_read(), data},
        {"header", "across", across(4), data},   {"data", "one", &header, at_one()},
        {"data", "top", &header, at_the_top()},  {"data", "unread", &header, not_to_be_read()},
        {"data", "across", &header, across(12)}, {"data", "across-a-word", &header, across(2)},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        pid_t pid = begin_case(is_raw ? "syscall-capset" : "capset", cases[i].place, cases[i].kind);
        if (pid == 0) {
            if (strcmp(cases[i].kind, "across") == 0 && cases[i].to_data == data)
                memcpy(across(4), &header, 4);
            _exit(run_capset(is_raw, cases[i].to_header, cases[i].to_data) == 0 ? 0 : errno);
        }
        end_case(pid);
    }
}

int main(int argc, char *argv[])
{
    uid_t uid = argc > 1 ? (uid_t)atoi(argv[1]) : 0;

    page_size = (size_t)sysconf(_SC_PAGESIZE);
    page = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fd = open(PROGRAM, O_PATH | O_CLOEXEC);
    if (page == MAP_FAILED || fd < 0 || mprotect(page + page_size, page_size, PROT_NONE) < 0)
        return 99;
    if (uid != 0 && (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0))
        return 99;
    for (size_t call = 0; call < sizeof(calls) / sizeof(calls[0]); call++) {
        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if (calls[call].has_path && kinds[i].is_of_strings)
                run_exec_case(call, "path", &kinds[i]);
            if (calls[call].has_argv && kinds[i].is_of_lists)
                run_exec_case(call, "argv", &kinds[i]);
            if (kinds[i].is_of_lists)
                run_exec_case(call, "envp", &kinds[i]);
        }
    }
    run_capset_cases(false);
    run_capset_cases(true);
    return 0;
}
