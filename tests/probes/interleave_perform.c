/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleave_perform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ERRNO_BEFORE = 4242, FAILED_STATUS = 97 };

static struct {
    struct interleave_record *record;
    const struct interleave_case *the_case;
    sigjmp_buf before_outer;
    int chain; /* 1 in the child that the handler has forked and that went on */
    pid_t forked;
    char **environment;
    char program[2][PATH_MAX];
    char slot[2][16]; /* of the outer and of the inner program */
    char command[PATH_MAX + 32];
    pid_t started;
    FILE *stream;
    int inner_steps; /* that the next signal is for, in all of them */
    int inner_done;
    pthread_t second;
    sem_t second_is_ready;
    sem_t second_has_done;
} perform;

void interleave_perform_prepare(const char *directory, struct interleave_record *record)
{
    perform.record = record;
    (void)snprintf(perform.program[0], sizeof(perform.program[0]), "%s/a", directory);
    (void)snprintf(perform.program[1], sizeof(perform.program[1]), "%s/b", directory);
}

/* Past the library. */
static long kernel_prctl(long option)
{
#if defined(__aarch64__)
    register long number __asm__("x8") = SYS_prctl;
    register long result __asm__("x0") = option;
    register long second __asm__("x1") = 0;
    register long third __asm__("x2") = 0;

    __asm__ volatile("svc #0" : "+r"(result) : "r"(number), "r"(second), "r"(third) : "memory");
#else
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "0"(SYS_prctl), "D"(option), "S"(0L), "d"(0L) : "rcx", "r11", "memory");
#endif
    return result;
}

/* capset(2), which is exported by the C library without a declaration. Both words of 32 capabilities. */
extern int capset(cap_user_header_t header, cap_user_data_t data);

static int set_caps(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    for (int i = 0; i < 2; i++)
        data[i] = (struct __user_cap_data_struct){(uint32_t)(effective >> 32 * i), (uint32_t)(permitted >> 32 * i),
                                                  (uint32_t)(inheritable >> 32 * i)};
    return capset(&header, data);
}

static void name_slots(void)
{
    (void)snprintf(perform.slot[0], sizeof(perform.slot[0]), "%d", REPORT_OUTER_PROGRAM + perform.chain);
    (void)snprintf(perform.slot[1], sizeof(perform.slot[1]), "%d", REPORT_INNER_PROGRAM);
    (void)snprintf(perform.command, sizeof(perform.command), "exec %s %s", perform.program[0], perform.slot[0]);
}

static int execute(int which)
{
    char *argv[] = {perform.program[which], perform.slot[which], NULL};

    return execve(argv[0], argv, environ);
}

static int spawn(int which, pid_t *ret_pid)
{
    char *argv[] = {perform.program[which], perform.slot[which], NULL};

    return posix_spawn(ret_pid, argv[0], NULL, NULL, argv, environ);
}

static int wait_for(pid_t pid)
{
    int status = -1;

    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return -1;
    }
    return status;
}

static void report_child(enum interleave_reporter slot)
{
    struct interleave_report *report = &perform.record->report[slot];

    if (interleave_state_read("/proc/self/status", &report->state) < 0)
        _exit(FAILED_STATUS);
    report->done++;
    _exit(0);
}

/* --- the inner operation: in the handler */

static long fork_inner(void)
{
    pid_t pid = fork();

    if (pid != 0)
        return perform.the_case->inner == INNER_FORK_ON ? (perform.forked = pid, 0) : wait_for(pid);
    switch (perform.the_case->inner) {
    case INNER_FORK_ON:
        perform.chain = 1;
        name_slots();
        return 0;
    case INNER_FORK_DROP:
        if (setresuid(INNER_UID, INNER_UID, INNER_UID) != 0)
            _exit(FAILED_STATUS);
        break;
    default:
        break;
    }
    report_child(REPORT_INNER_CHILD);
    return -1;
}

static long vfork_inner(void)
{
    pid_t pid = vfork();

    if (pid == 0) {
        (void)execute(1);
        _exit(FAILED_STATUS);
    }
    return wait_for(pid);
}

static long do_inner(int step)
{
    pid_t pid;

    switch (perform.the_case->inner) {
    case INNER_DROP:
    case INNER_DROP_JUMP:
        return setresuid(INNER_UID, INNER_UID, INNER_UID);
    case INNER_DROP_SAME:
        return setresuid(OUTER_UID, OUTER_UID, OUTER_UID);
    case INNER_BACK:
        return seteuid(step == 0 ? INNER_UID : 0);
    case INNER_AWAY:
        return seteuid(INNER_UID);
    case INNER_EXEC:
        return execute(1);
    case INNER_FORK:
    case INNER_FORK_DROP:
    case INNER_FORK_ON:
        return fork_inner();
    case INNER_VFORK:
        return vfork_inner();
    case INNER_SPAWN:
        return spawn(1, &pid) == 0 ? wait_for(pid) : -1;
    case INNER_KEEPCAPS_SET:
        return prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
    case INNER_KEEPCAPS_CLEAR:
        return prctl(PR_SET_KEEPCAPS, 0L, 0L, 0L, 0L);
    case INNER_KEEPCAPS_GET:
        return prctl(PR_GET_KEEPCAPS, 0L, 0L, 0L, 0L);
    case INNER_CAPSET:
        return set_caps(0, 0, 0);
    case INNER_JUMP:
    case INNER_COUNT:
        break;
    }
    return 0;
}

/* One call behind another; how the first failed is what counts. */
static void do_inner_steps(struct interleave_result *result)
{
    while (perform.inner_done < perform.inner_steps) {
        errno = ERRNO_BEFORE;
        long value = do_inner(perform.inner_done++);
        if (perform.chain != 0)
            return;
        result->value = result->value * 256 + value;
        result->error = result->error * 256 + (value < 0 ? errno : 0);
    }
}

static void on_signal(int signal)
{
    struct interleave_result *result = &perform.record->inner;
    enum interleave_inner inner = perform.the_case->inner;
    bool leaves = interleave_leaves_outer(inner);
    int saved_errno = errno;

    (void)signal; /* SIGUSR1 */
    if (leaves)
        result->done = 1;
    do_inner_steps(result);
    if (inner == INNER_JUMP || inner == INNER_DROP_JUMP)
        siglongjmp(perform.before_outer, 1);
    result->done = 1;
    errno = saved_errno;
}

/* The second thread: the handler is run nowhere but in sigsuspend. */
static void *be_second(void *data)
{
    const int all_steps = interleave_inner_steps(perform.the_case->inner);
    sigset_t waiting;

    pthread_sigmask(SIG_BLOCK, NULL, &waiting);
    sigdelset(&waiting, SIGUSR1);
    perform.record->second = (uint64_t)gettid();
    sem_post(&perform.second_is_ready);
    while (perform.inner_done < all_steps) {
        int done = perform.inner_done;
        while (perform.inner_done == done)
            (void)sigsuspend(&waiting);
        if (perform.inner_done == all_steps)
            perform.record->inner_over = 1;
        sem_post(&perform.second_has_done);
    }
    for (;;)
        (void)sigsuspend(&waiting);
    return data;
}

/* Also until it has left what handler it was in: the C library's own signal comes to it with each change of a uid. */
static void wait_until_second_sleeps(void)
{
    while (perform.the_case->by_thread && interleave_run_state(getpid(), (pid_t)perform.record->second) != 'S')
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL); /* it may need the processor */
}

static void wait_for_second(sem_t *semaphore)
{
    while (sem_wait(semaphore) < 0 && errno == EINTR)
        continue;
    wait_until_second_sleeps();
}

static void start_second(void)
{
    sigset_t mask;

    /* It is blocked in the second thread, and in the first one too: who it is for is told by its number. */
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    if (sem_init(&perform.second_is_ready, 0, 0) < 0 || sem_init(&perform.second_has_done, 0, 0) < 0 ||
        pthread_sigmask(SIG_BLOCK, &mask, NULL) != 0 || pthread_create(&perform.second, NULL, be_second, NULL) != 0)
        _exit(FAILED_STATUS);
    wait_for_second(&perform.second_is_ready);
}

/* The inner operation with nothing else going on: all of it by a handler, the next of its calls by another thread. */
static void have_inner_done(void)
{
    if (!perform.the_case->by_thread) {
        (void)raise(SIGUSR1);
        return;
    }
    wait_until_second_sleeps();
    perform.inner_steps = perform.inner_done + 1;
    (void)pthread_kill(perform.second, SIGUSR1);
    wait_for_second(&perform.second_has_done);
}

/* --- the outer operation */

static long do_outer(enum interleave_outer outer, int step)
{
    char missing[] = "/nonexistent/program";
    char *argv[] = {missing, NULL};

    switch (outer) {
    case OUTER_SETUID:
        return setuid(OUTER_UID);
    case OUTER_SETEUID:
        return seteuid(OUTER_UID);
    case OUTER_SETREUID:
        return setreuid(OUTER_UID, OUTER_UID);
    case OUTER_SETRESUID:
        return setresuid(OUTER_UID, OUTER_UID, OUTER_UID);
    case OUTER_SYS_SETRESUID:
        return syscall(SYS_setresuid, OUTER_UID, OUTER_UID, OUTER_UID);
    case OUTER_SETEUID_BACK:
        return seteuid(step == 0 ? OUTER_UID : 0);
    case OUTER_SETRESUID_BACK:
        return step == 0 ? setresuid(OUTER_UID, OUTER_UID, 0) : setresuid(0, 0, 0);
    case OUTER_SETEUID_UP:
        return seteuid(0);
    case OUTER_SETREUID_SETEUID:
        return step == 0 ? setreuid(OUTER_UID, (uid_t)-1) : seteuid(OUTER_UID);
    case OUTER_KEEPCAPS_SETUID:
        return step == 0 ? prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L) : setuid(OUTER_UID);
    case OUTER_KEEPCAPS_SET:
        return prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
    case OUTER_KEEPCAPS_CLEAR:
        return prctl(PR_SET_KEEPCAPS, 0L, 0L, 0L, 0L);
    case OUTER_CAPSET:
    case OUTER_DROPPED_CAPSET:
        return set_caps(0, outer == OUTER_CAPSET ? UINT64_C(1) << CAP_KILL | UINT64_C(1) << CAP_SETUID : 0, 0);
    case OUTER_BOUNDING_DROP:
        return prctl(PR_CAPBSET_DROP, (long)CAP_SYS_TIME, 0L, 0L, 0L);
    case OUTER_ROOT_EXEC:
    case OUTER_EXEC:
        return execute(0);
    case OUTER_EXEC_MISSING:
        return execve(missing, argv, environ);
    case OUTER_ROOT_SPAWN:
    case OUTER_SPAWN:
        return spawn(0, &perform.started);
    case OUTER_ROOT_SYSTEM:
    case OUTER_SYSTEM:
        return system(perform.command);
    case OUTER_POPEN:
        perform.stream = popen(perform.command, "r");
        return perform.stream != NULL ? 0 : -1;
    case OUTER_AMBIENT_CLEAR:
        return prctl(PR_CAP_AMBIENT, (long)PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
    case OUTER_COUNT:
        break;
    }
    return -1;
}

static void do_step(int step)
{
    struct interleave_record *record = perform.record;
    enum interleave_outer outer = perform.the_case->outer;

    errno = ERRNO_BEFORE;
    record->phase = PHASE_OUTER;
    long value = do_outer(outer, step);
    int error = errno;
    record->phase = PHASE_BETWEEN;
    struct interleave_result *result = perform.chain == 0 ? &record->outer[step] : &record->outer_forked[step];
    result->done++;
    result->value = value;
    /* Where the C library does more than a call, errno behind a success is its own business. */
    result->error = value < 0 || interleave_outers[outer].begin == BEGIN_ROOT ? error : 0;
    if (outer == OUTER_ROOT_SPAWN || outer == OUTER_ROOT_SYSTEM)
        result->error = value < 0 ? error : 0;
    if (perform.started > 0)
        (void)wait_for(perform.started);
    perform.started = 0;
    if (perform.stream != NULL)
        (void)pclose(perform.stream);
    perform.stream = NULL;
}

/* --- begin and end */

static void begin(enum interleave_begin how)
{
    int result = 0;
    /* A handler that jumps out of malloc is beyond help; popen, which calls it, is to find memory at hand. */
    void *volatile memory = malloc(sizeof(FILE) + 256);
    free(memory);
    switch (how) {
    case BEGIN_ROOT:
        break;
    case BEGIN_AWAY:
        result = seteuid(OUTER_UID);
        break;
    case BEGIN_DROPPED:
        result = setresuid(OUTER_UID, OUTER_UID, OUTER_UID);
        break;
    case BEGIN_KEEPCAPS:
        result = prctl(PR_SET_KEEPCAPS, 1L, 0L, 0L, 0L);
        break;
    }
    if (result != 0)
        _exit(FAILED_STATUS);
}

static void read_threads(struct interleave_end *end)
{
    DIR *directory = opendir("/proc/self/task");

    if (directory == NULL)
        _exit(FAILED_STATUS);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[64];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", entry->d_name);
        if (end->threads < INTERLEAVE_THREADS_MAX && interleave_state_read(path, &end->thread[end->threads]) == 0)
            end->threads++;
    }
    closedir(directory);
}

static bool is_environ_kept(void)
{
    if (environ != perform.environment) /* perhaps on a stack that is gone: not looked at */
        return false;
    for (char **entry = environ; *entry != NULL; entry++) {
        if (strchr(*entry, '=') == NULL)
            return false;
    }
    return getenv("INTERLEAVE") != NULL;
}

static void __attribute__((noreturn)) end(void)
{
    struct interleave_end *end = &perform.record->end[perform.chain];
    char slot[16];

    perform.record->phase = PHASE_OVER;
    wait_until_second_sleeps();
    read_threads(end);
    end->keepcaps = (uint64_t)kernel_prctl(PR_GET_KEEPCAPS);
    end->keepcaps_said = (uint64_t)prctl(PR_GET_KEEPCAPS, 0L, 0L, 0L, 0L);
    end->securebits = (uint64_t)kernel_prctl(PR_GET_SECUREBITS);
    end->securebits_said = (uint64_t)prctl(PR_GET_SECUREBITS, 0L, 0L, 0L, 0L);
    end->environ_kept = is_environ_kept();
    end->done++;
    pid_t later = fork();
    if (later == 0) {
        (void)!setresuid(LATER_UID, LATER_UID, LATER_UID); /* what comes of it is reported */
        report_child((enum interleave_reporter)(REPORT_LATER + perform.chain));
    }
    (void)wait_for(later);
    if (perform.forked > 0 && perform.chain == 0)
        (void)wait_for(perform.forked);
    (void)snprintf(slot, sizeof(slot), "%d", REPORT_AFTER + perform.chain);
    char *argv[] = {perform.program[0], slot, NULL};
    execve(argv[0], argv, perform.environment);
    _exit(FAILED_STATUS);
}

static void wait_to_be_traced(void)
{
    if (raise(SIGSTOP) != 0)
        _exit(FAILED_STATUS);
}

static void do_all(const struct interleave_order *order, int steps)
{
    int inner_steps = interleave_inner_steps(perform.the_case->inner);

    for (int step = 0; step <= steps; step++) {
        for (int i = perform.inner_done; i < inner_steps && order->behind[i] == step; i++)
            have_inner_done();
        if (step < steps)
            do_step(step);
    }
}

void interleave_perform(const struct interleave_case *the_case, const struct interleave_order *order)
{
    const struct interleave_outer_row *row = &interleave_outers[the_case->outer];
    struct sigaction action = {.sa_handler = on_signal};
    bool is_traced = order->behind[0] == BEHIND_TRACED;

    perform.the_case = the_case;
    perform.environment = environ;
    name_slots();
    if (sigaction(SIGUSR1, &action, NULL) < 0 || (is_traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0))
        _exit(FAILED_STATUS);
    if (the_case->by_thread) {
        if (is_traced)
            wait_to_be_traced(); /* from its first moment on */
        start_second();
    }
    begin(row->begin);
    if (sigsetjmp(perform.before_outer, 1) != 0) {
        perform.record->jumped++;
        end();
    }
    perform.inner_steps = interleave_inner_steps(the_case->inner);
    if (is_traced)
        wait_to_be_traced();
    do_all(order, row->steps);
    perform.record->phase = PHASE_OVER;
    if (is_traced && the_case->by_thread)
        wait_for_second(&perform.second_has_done);
    end();
}
