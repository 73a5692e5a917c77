/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setuid_time COUNT UID: how many nanoseconds setuid takes in a process of COUNT threads, on standard output. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static atomic_int waiting;

static void *wait_for_ever(void *data)
{
    atomic_fetch_add(&waiting, 1);
    for (;;)
        pause();
    return data;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void start(int count)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256UL * 1024);
    for (int i = 0; i < count; i++) {
        int result = pthread_create(&thread, &attributes, wait_for_ever, NULL);
        if (result != 0) {
            fprintf(stderr, "pthread_create: error %d at thread %d\n", result, i + 1);
            exit(1);
        }
    }
    pthread_attr_destroy(&attributes);
    while (atomic_load(&waiting) < count)
        usleep(1000);
}

int main(int argc, char *argv[])
{
    if (argc != 3)
        return 2;
    int count = (int)strtol(argv[1], NULL, 10);
    uid_t uid = (uid_t)strtoul(argv[2], NULL, 10);

    start(count - 1);
    int64_t before = now();
    int result = setuid(uid);
    int64_t after = now();
    if (result < 0) {
        perror("setuid");
        return 1;
    }
    printf("%lld\n", (long long)(after - before));
    fflush(stdout);
    _exit(0);
}
