/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vfork_storm ROUNDS PROGRAM ARG…: while two threads hold malloc's lock as good as always, starts PROGRAM so many times
 * by a vfork child that leaves root, as monit and busybox do. The child shares this process's memory: if it waited for
 * a lock, or wrote to memory, that would hang or show here. PROGRAM is to end with 0. Prints the number of rounds that
 * went well, and the distinct capability lines of the parent's threads before and after.
 */
#include <dirent.h>
#include <grp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state.h"

static atomic_bool running = true;

/* glibc starts a thread with every signal blocked; none is looked at before it has come past that. */
static pthread_barrier_t started;

/* All in one arena: malloc's per-thread arenas and caches would hide the lock. */
static void *allocate(void *data)
{
    pthread_barrier_wait(&started);
    while (atomic_load(&running)) {
        void *blocks[64];
        for (size_t i = 0; i < 64; i++)
            blocks[i] = malloc(2000 + i * 16);
        for (size_t i = 0; i < 64; i++)
            free(blocks[i]);
    }
    return data;
}

static void leave_root_and_execute(char *argv[])
{
    gid_t gid = 65534;

    if (setgroups(1, &gid) < 0 || setgid(gid) < 0)
        _exit(98);
    if (setresuid(65534, 65534, 65534) < 0)
        _exit(97);
    execve(argv[0], argv, environ);
    _exit(96);
}

static bool run_round(char *argv[])
{
    int status = -1;
    pid_t pid = vfork();

    if (pid == 0)
        leave_root_and_execute(argv);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void print_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    char path[300];

    if (tasks == NULL)
        exit(99);
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof(path), "/proc/self/task/%s", entry->d_name);
        if (entry->d_name[0] != '.')
            state_print_task(stdout, path);
    }
    closedir(tasks);
    state_print_own(stdout);
}

int main(int argc, char *argv[])
{
    long rounds = argc > 2 ? atol(argv[1]) : 0;
    long good = 0;
    pthread_t threads[2];

    if (rounds <= 0)
        return 99;
    setenv("MALLOC_ARENA_MAX", "1", 0);
    pthread_barrier_init(&started, NULL, 3);
    for (size_t i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, allocate, NULL);
    pthread_barrier_wait(&started);
    print_threads();
    puts("rounds");
    fflush(stdout);
    for (long i = 0; i < rounds; i++)
        good += run_round(argv + 2);
    print_threads();
    atomic_store(&running, false);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    printf("%ld of %ld\n", good, rounds);
    return good == rounds ? 0 : 1;
}
