/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * depth USER ENVIRONMENT TARGET: how much of a stack each wrapped call takes, one line each: its name and the bytes. USER is
 * root, user, saved (left, but for the saved uid) or threads (a user, beside another thread); ENVIRONMENT is own or cleared;
 * TARGET is executed, by its path and by its name in PATH. The first line is the number of variables in the environment.
 *
 * Each call runs in a child, on a painted stack that it shares with this process, which looks how far the paint is gone.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h> /* capset */
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)256 * 1024)
#define PAINT 0x5c
#define NOBODY 65534

static unsigned char *stack;
static const char *target;
static const char *target_name;
static int target_fd;
static char *args[] = {(char *)"target", NULL};
static char *no_variables[] = {NULL};
static pthread_barrier_t barrier;

/* glibc has them from 2.39 on. */
__typeof__(posix_spawn) pidfd_spawn;
__typeof__(posix_spawnp) pidfd_spawnp;
#pragma weak pidfd_spawn
#pragma weak pidfd_spawnp

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    _exit(99);
}

/* --- the calls; one that returns where it should not have is a failure of the target, which may be meant */

static void run_execve(void)
{
    (void)execve(target, args, environ);
}

static void run_execv(void)
{
    (void)execv(target, args);
}

static void run_execvp(void)
{
    (void)execvp(target_name, args);
}

static void run_execvpe(void)
{
    (void)execvpe(target_name, args, environ);
}

static void run_execl(void)
{
    (void)execl(target, args[0], NULL);
}

static void run_execlp(void)
{
    (void)execlp(target_name, args[0], NULL);
}

static void run_execle(void)
{
    (void)execle(target, args[0], NULL, environ);
}

static void run_fexecve(void)
{
    (void)fexecve(target_fd, args, environ);
}

static void run_execveat(void)
{
    (void)execveat(AT_FDCWD, target, args, environ, 0);
}

static void run_raw_execve(void)
{
    (void)syscall(SYS_execve, target, args, environ);
}

static void run_raw_execveat(void)
{
    (void)syscall(SYS_execveat, AT_FDCWD, target, args, environ, 0);
}

static void run_posix_spawn(void)
{
    (void)posix_spawn(NULL, target, NULL, NULL, args, environ);
}

static void run_posix_spawnp(void)
{
    (void)posix_spawnp(NULL, target_name, NULL, NULL, args, environ);
}

static void run_pidfd_spawn(void)
{
    int fd;

    if (pidfd_spawn != NULL)
        (void)pidfd_spawn(&fd, target, NULL, NULL, args, environ);
}

static void run_pidfd_spawnp(void)
{
    int fd;

    if (pidfd_spawnp != NULL)
        (void)pidfd_spawnp(&fd, target_name, NULL, NULL, args, environ);
}

static void run_system(void)
{
    (void)!system(":");
}

static void run_popen(void)
{
    FILE *stream = popen(":", "r");

    if (stream != NULL)
        (void)pclose(stream);
}

static void run_setuid(void)
{
    (void)!setuid(NOBODY);
}

static void run_seteuid(void)
{
    (void)!seteuid(NOBODY);
}

static void run_setreuid(void)
{
    (void)!setreuid(NOBODY, NOBODY);
}

static void run_setresuid(void)
{
    (void)!setresuid(NOBODY, NOBODY, NOBODY);
}

static void run_setfsuid(void)
{
    (void)setfsuid(NOBODY);
}

static void run_raw_setuid(void)
{
    (void)syscall(SYS_setuid, NOBODY);
}

static struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
static struct __user_cap_data_struct nothing[2];

static void run_capset(void)
{
    (void)capset(&header, nothing);
}

static void run_raw_capset(void)
{
    (void)syscall(SYS_capset, &header, nothing);
}

static void run_prctl(void)
{
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

static void run_raw_prctl(void)
{
    (void)syscall(SYS_prctl, PR_CAPBSET_DROP, CAP_SYS_TIME, 0, 0, 0);
}

static void run_dlopen(void)
{
    (void)dlopen("libc.so.6", RTLD_NOW);
}

static const struct {
    const char *name;
    void (*run)(void);
} calls[] = {
    {"execve", run_execve},
    {"execv", run_execv},
    {"execvp", run_execvp},
    {"execvpe", run_execvpe},
    {"execl", run_execl},
    {"execlp", run_execlp},
    {"execle", run_execle},
    {"fexecve", run_fexecve},
    {"execveat", run_execveat},
    {"syscall-execve", run_raw_execve},
    {"syscall-execveat", run_raw_execveat},
    {"posix_spawn", run_posix_spawn},
    {"posix_spawnp", run_posix_spawnp},
    {"pidfd_spawn", run_pidfd_spawn},
    {"pidfd_spawnp", run_pidfd_spawnp},
    {"system", run_system},
    {"popen", run_popen},
    {"setuid", run_setuid},
    {"seteuid", run_seteuid},
    {"setreuid", run_setreuid},
    {"setresuid", run_setresuid},
    {"setfsuid", run_setfsuid},
    {"syscall-setuid", run_raw_setuid},
    {"capset", run_capset},
    {"syscall-capset", run_raw_capset},
    {"prctl", run_prctl},
    {"syscall-prctl", run_raw_prctl},
    {"dlopen", run_dlopen},
};

/* --- the stack */

static void paint(void)
{
    memset(stack, PAINT, STACK_SIZE);
}

static size_t depth(void)
{
    size_t left = 0;

    while (left < STACK_SIZE && stack[left] == PAINT)
        left++;
    return STACK_SIZE - left;
}

static void run_on_stack(void (*run)(void))
{
    static ucontext_t here;
    static ucontext_t there;

    require(getcontext(&there) == 0, "getcontext");
    there.uc_stack = (stack_t){.ss_sp = stack, .ss_size = STACK_SIZE};
    there.uc_link = &here;
    makecontext(&there, run, 0);
    require(swapcontext(&here, &there) == 0, "swapcontext");
}

/* --- the child */

static void *wait_for_ever(void *unused)
{
    pthread_barrier_wait(&barrier);
    for (;;)
        pause();
    return unused;
}

static void add_thread(bool on_stack)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_barrier_init(&barrier, NULL, 2);
    pthread_attr_init(&attributes);
    if (on_stack)
        require(pthread_attr_setstack(&attributes, stack, STACK_SIZE) == 0, "setstack");
    require(pthread_create(&thread, &attributes, wait_for_ever, NULL) == 0, "pthread_create");
    pthread_barrier_wait(&barrier);
}

static void become(const char *user)
{
    bool leaves = strcmp(user, "root") != 0;

    if (leaves)
        require(setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0, "groups");
    if (strcmp(user, "threads") == 0)
        add_thread(false);
    if (leaves)
        require(setresuid(NOBODY, NOBODY, strcmp(user, "saved") == 0 ? 0 : NOBODY) == 0, "setresuid");
}

static void in_child(const char *user, const char *environment, void (*run)(void))
{
    become(user);
    if (strcmp(environment, "cleared") == 0)
        environ = no_variables;
    run_on_stack(run);
    while (wait(NULL) > 0)
        continue;
    _exit(0);
}

static void measure(const char *name, const char *user, const char *environment, void (*run)(void))
{
    int status;

    paint();
    pid_t pid = fork();
    require(pid >= 0, "fork");
    if (pid == 0)
        in_child(user, environment, run);
    require(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 99, name);
    printf("%s %zu\n", name, depth());
}

/* What the C library's own signal does to a thread that has little stack, while another changes its uid. */
static void measure_other_thread(void)
{
    int status;

    paint();
    pid_t pid = fork();
    require(pid >= 0, "fork");
    if (pid == 0) {
        add_thread(true);
        require(setuid(NOBODY) == 0, "setuid");
        _exit(0);
    }
    require(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0, "other thread");
    printf("other-thread %zu\n", depth());
}

int main(int argc, char *argv[])
{
    size_t variables = 0;
    char *path;

    require(argc == 4, "depth USER ENVIRONMENT TARGET");
    setvbuf(stdout, NULL, _IOLBF, 0);
    target = argv[3];
    target_name = strrchr(target, '/') + 1;
    target_fd = open(target, O_PATH | O_CLOEXEC);
    stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    require(stack != MAP_FAILED, "mmap");
    require(asprintf(&path, "PATH=/nonexistent:/:%.*s", (int)(target_name - target), target) > 0 && putenv(path) == 0,
            "PATH");
    while (environ[variables] != NULL)
        variables++;
    printf("variables %zu\n", variables);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        measure(calls[i].name, argv[1], argv[2], calls[i].run);
    measure_other_thread();
    return 0;
}
