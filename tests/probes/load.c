/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load COUNT PARALLEL UID PROGRAM ARG…: a launcher that forks, drops to UID and executes PROGRAM, so many times, so many
 * at once, as one does that runs for a year. PROGRAM is to end with 0. Prints how many did, and what this process has
 * before and after: open descriptors, children that nobody has waited for, and anonymous memory in kB, looked at once
 * the first hundred have warmed it up. That memory is counted page by page (smaps_rollup): VmRSS is the sum of counters
 * of each processor, which differ from it by some dozen pages.
 */
#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long count_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    long count = 0;

    if (directory == NULL)
        exit(99);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 3; /* ".", ".." and the directory itself */
}

static long read_memory(void)
{
    char line[256];
    long memory = -1;
    FILE *rollup = fopen("/proc/self/smaps_rollup", "re");

    while (rollup != NULL && fgets(line, sizeof(line), rollup) != NULL) {
        if (strncmp(line, "Anonymous:", 10) == 0)
            memory = strtol(line + 10, NULL, 10);
    }
    if (rollup != NULL)
        fclose(rollup);
    return memory;
}

static void start(uid_t uid, char *argv[])
{
    gid_t gid = uid;
    pid_t pid = fork();

    if (pid < 0)
        exit(99);
    if (pid > 0)
        return;
    if (setgroups(1, &gid) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
        _exit(98);
    execv(argv[0], argv);
    _exit(97);
}

static long wait_for_one(void)
{
    int status;

    if (wait(&status) < 0)
        exit(99);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Returns how many ended well. */
static long launch(long count, long parallel, uid_t uid, char *argv[])
{
    long good = 0;
    long running = 0;

    for (long i = 0; i < count; i++) {
        if (running == parallel) {
            good += wait_for_one();
            running--;
        }
        start(uid, argv);
        running++;
    }
    while (running-- > 0)
        good += wait_for_one();
    return good;
}

static void print_own(const char *when)
{
    int status;

    printf("%s: %ld descriptors, %ld kB, %s\n", when, count_descriptors(), read_memory(),
           waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD ? "no children" : "children");
}

int main(int argc, char *argv[])
{
    enum { WARM_UP = 100 };

    if (argc < 5)
        return 2;
    long count = atol(argv[1]);
    long parallel = atol(argv[2]);
    uid_t uid = (uid_t)atol(argv[3]);
    long good = launch(WARM_UP, parallel, uid, argv + 4);
    print_own("before");
    good += launch(count - WARM_UP, parallel, uid, argv + 4);
    print_own("after");
    printf("%ld of %ld\n", good, count);
    return good == count ? 0 : 1;
}
