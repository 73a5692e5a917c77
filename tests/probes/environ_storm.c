/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * environ_storm ROUNDS: leaves root, and starts itself so many times by posix_spawn while another thread adds a variable
 * to that very environment and takes it away. What is started ends with 0 where nothing is ambient. Prints how many did.
 */
#include <grp.h>
#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FEW 8
#define MORE 24

static atomic_bool running = true;
static char *volatile variables[FEW + MORE + 1];
static char text[] = "X=1";

static void *change(void *data)
{
    while (atomic_load(&running)) {
        variables[FEW] = text;
        variables[FEW] = NULL;
    }
    return data;
}

static int count_ambient(void)
{
    int count = 0;

    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        count += prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1;
    return count;
}

static bool run_round(const char *path)
{
    char *argv[] = {(char *)path, NULL};
    int status = -1;
    pid_t pid;

    return posix_spawn(&pid, path, NULL, NULL, argv, (char **)variables) == 0 && waitpid(pid, &status, 0) == pid &&
           WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char *argv[])
{
    long rounds = argc > 1 ? atol(argv[1]) : 0;
    long good = 0;
    gid_t gid = 65534;
    pthread_t thread;

    if (rounds == 0)
        return count_ambient() == 0 ? 0 : 1;
    for (size_t i = 0; i < FEW + MORE; i++)
        variables[i] = i == FEW ? NULL : text;
    if (setgroups(1, &gid) < 0 || setgid(gid) < 0 || setresuid(65534, 65534, 65534) < 0 ||
        pthread_create(&thread, NULL, change, NULL) != 0)
        return 99;
    for (long i = 0; i < rounds; i++)
        good += run_round(argv[0]);
    atomic_store(&running, false);
    pthread_join(thread, NULL);
    printf("%ld of %ld\n", good, rounds);
    return good == rounds ? 0 : 1;
}
