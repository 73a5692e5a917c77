/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * threads COUNT [OPTION…]: a process with that many threads changes its uid to 65534 and prints the distinct states
 * that its threads are in afterwards, one block for each with the number of its threads; all equal is one block.
 *
 *   blocked      the threads block every signal that the C library lets them
 *   churn        two more threads create and join others without pause, during the change
 *   forking      two more threads fork without pause, during the change; each child changes its uid, and one that has
 *                waited for it again and again is counted
 *   from-thread  another thread than the main one changes the uid
 *   twice        two threads change it at the same moment
 *   stays        no thread changes the uid: nothing here needs a signal then
 *   back         the change is undone and made again several times (setresuid with a saved uid 0), then for good
 *   exec=PATH    afterwards a thread that did not change the uid executes PATH
 *   fault=SPEC   the kernel refuses the library a call (fault.h), in all threads
 *   fault-one=SPEC  in one of the waiting threads alone
 *
 * The waiting threads sit in read(2); a read that the change interrupts, or whose errno it alters, is counted.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "state.h"

/* A tracer stops it at each call, some dozen times; the library's shortest wait has ten thousand sleeps. */
enum { KINDS_MAX = 16, THREADS_MAX = 4000, STATE_MAX = 4096, TARGET = 65534, SLEEPS_MAX = 1000 };

/* The states that the threads are in. */
static struct kind {
    char text[STATE_MAX];
    int count;
} kinds[KINDS_MAX];

static int gate[2];
static atomic_int waiting;
static atomic_int disturbed;
static atomic_int late;
static atomic_bool churning;
static pthread_barrier_t both;
static const char *program;

static void fail(const char *what)
{
    perror(what);
    exit(99);
}

static void *wait_at_gate(void *data)
{
    char byte;

    (void)data;
    atomic_fetch_add(&waiting, 1);
    errno = 4242;
    if (read(gate[0], &byte, 1) != 0 || errno != 4242)
        atomic_fetch_add(&disturbed, 1);
    return NULL;
}

static void *wait_with_fault(void *data)
{
    if (!fault_install(data))
        fail("fault-one");
    return wait_at_gate(NULL);
}

static void *wait_blocked(void *data)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    return wait_at_gate(data);
}

static pthread_t start(void *(*body)(void *), void *data)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256UL * 1024);
    if (pthread_create(&thread, &attributes, body, data) != 0)
        fail("pthread_create");
    pthread_attr_destroy(&attributes);
    return thread;
}

static void *return_at_once(void *data)
{
    return data;
}

static void *churn(void *data)
{
    atomic_fetch_add(&waiting, 1);
    while (atomic_load(&churning))
        pthread_join(start(return_at_once, NULL), NULL);
    return data;
}

/* How often this process has slept. A clock would tell as well what a busy machine has others do meanwhile. */
static long sleeps(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) < 0)
        fail("getrusage");
    return usage.ru_nvcsw;
}

/* The child has one thread, and whatever the others' memory held at the moment of the fork. */
static void *fork_and_change(void *data)
{
    atomic_fetch_add(&waiting, 1);
    while (atomic_load(&churning)) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
            long before = sleeps();
            int result = setresuid(TARGET, TARGET, TARGET);
            _exit(result < 0 || sleeps() - before > SLEEPS_MAX);
        }
        if (pid > 0 && (waitpid(pid, &status, 0) < 0 || status != 0))
            atomic_fetch_add(&late, 1);
    }
    return data;
}

static void *change(void *data)
{
    errno = 4242;
    if (setresuid(TARGET, TARGET, TARGET) < 0)
        fail("setresuid");
#ifdef __GLIBC__ /* musl waits for the other threads by sem_wait(), which leaves its own */
    if (errno != 4242)
        fail("errno changed");
#endif
    return data;
}

static void *change_together(void *data)
{
    pthread_barrier_wait(&both);
    return change(data);
}

static void *execute(void *data)
{
    execl(program, program, (char *)NULL);
    fail(program);
    return data;
}

static void change_in_another_thread(void)
{
    pthread_join(start(change, NULL), NULL);
}

static void change_twice(void)
{
    pthread_barrier_init(&both, NULL, 2);
    pthread_t other = start(change_together, NULL);
    change_together(NULL);
    pthread_join(other, NULL);
}

static void change_back_and_forth(void)
{
    for (int i = 0; i < 5; i++) {
        if (setresuid(TARGET, TARGET, 0) < 0 || setresuid(0, 0, 0) < 0)
            fail("setresuid, there and back");
    }
    change(NULL);
}

/* Everything about a thread but its name, which is the same for all. */
static bool read_state(const char *task, char text[STATE_MAX])
{
    memset(text, 0, STATE_MAX);
    FILE *memory = fmemopen(text, STATE_MAX - 1, "w");
    if (memory == NULL)
        fail("fmemopen");
    bool alive = state_print_task(memory, task) == 0;
    fclose(memory);
    return alive;
}

/* Threads that block signals differ in SigBlk alone, by intent. */
static void drop_mask_line(char *text)
{
    char *line = strstr(text, "SigBlk:");
    char *end = line != NULL ? strchr(line, '\n') : NULL;

    if (end != NULL)
        memmove(line, end + 1, strlen(end + 1) + 1);
}

static void count_state(const char *text)
{
    for (int i = 0; i < KINDS_MAX; i++) {
        if (kinds[i].count == 0)
            strcpy(kinds[i].text, text);
        if (strcmp(kinds[i].text, text) == 0) {
            kinds[i].count++;
            return;
        }
    }
    fail("more states than there is room for");
}

/* Returns the number of threads; their states are in kinds[]. */
static int count_states(void)
{
    char text[STATE_MAX];
    char path[300];
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");

    if (tasks == NULL)
        fail("/proc/self/task");
    memset(kinds, 0, sizeof(kinds));
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof(path), "/proc/self/task/%s", entry->d_name);
        if (entry->d_name[0] == '.' || !read_state(path, text))
            continue;
        drop_mask_line(text);
        count_state(text);
        count++;
    }
    closedir(tasks);
    return count;
}

/* pthread_join returns before the kernel has taken the thread off its list (mm_release in do_exit): until then it counts. */
static void print_states(int expected)
{
    while (count_states() > expected)
        usleep(100);
    for (int i = 0; i < KINDS_MAX && kinds[i].count > 0; i++)
        printf("%d threads:\n%s", kinds[i].count, kinds[i].text);
}

static bool has(int argc, char *argv[], const char *word)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], word) == 0)
            return true;
    }
    return false;
}

/* What follows `word` in its option, or NULL. */
static const char *find_option(int argc, char *argv[], const char *word)
{
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], word, strlen(word)) == 0)
            return argv[i] + strlen(word);
    }
    return NULL;
}

static void wait_for(int count)
{
    while (atomic_load(&waiting) < count)
        usleep(100);
}

int main(int argc, char *argv[])
{
    static pthread_t threads[THREADS_MAX];
    pthread_t churners[2];
    int count = argc > 1 ? atoi(argv[1]) : -1;
    const char *fault = find_option(argc, argv, "fault=");
    const char *fault_one = find_option(argc, argv, "fault-one=");

    if (count < 0 || count > THREADS_MAX || pipe(gate) < 0)
        fail("usage: threads COUNT [OPTION…]");
    int own_count = count_states(); /* an emulator has one of its own */
    if (fault != NULL && !fault_install(fault))
        fail("fault");
    for (int i = 0; i < count; i++) {
        if (i == 0 && fault_one != NULL)
            threads[i] = start(wait_with_fault, (void *)fault_one);
        else
            threads[i] = start(has(argc, argv, "blocked") ? wait_blocked : wait_at_gate, NULL);
    }
    bool forking = has(argc, argv, "forking");
    atomic_store(&churning, forking || has(argc, argv, "churn"));
    for (int i = 0; atomic_load(&churning) && i < 2; i++)
        churners[i] = start(forking ? fork_and_change : churn, NULL);
    wait_for(count + (atomic_load(&churning) ? 2 : 0));

    if (has(argc, argv, "stays"))
        usleep(10000); /* while others come and go */
    else if (has(argc, argv, "from-thread"))
        change_in_another_thread();
    else if (has(argc, argv, "twice"))
        change_twice();
    else if (has(argc, argv, "back"))
        change_back_and_forth();
    else
        change(NULL);

    if (atomic_exchange(&churning, false)) {
        for (int i = 0; i < 2; i++)
            pthread_join(churners[i], NULL);
    }
    print_states(own_count + count);
    state_print_own(stdout);
    for (int i = 2; i < argc; i++) {
        if (strncmp(argv[i], "exec=", 5) == 0) {
            program = argv[i] + 5;
            fflush(stdout);
            pthread_join(start(execute, NULL), NULL);
        }
    }
    close(gate[1]);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("disturbed: %d\n", atomic_load(&disturbed));
    printf("late: %d\n", atomic_load(&late));
    return 0;
}
