/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * meanwhile WHO HOW COUNT: one thread, the "leader" or an "other", makes a call on its securebits over and over; when that
 * was COUNT times another one
 *   exit      ends the process, with status 7
 *   exec      executes /bin/true
 *   kill      kills the process, by SIGKILL
 *   end       ends itself, as do 50 after it, and then the process ends with status 7
 *   stop      has the process stopped and continued 50 times by another process, and then ends it with status 7
 *   never     does none of it
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_long made;
static const char *how;
static long count;

static void *idle(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void *nothing(void *unused)
{
    return unused;
}

static void make_calls(void)
{
    for (;;) {
        syscall(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
        made++;
    }
}

static void wait_for_calls(long number)
{
    while (made < number)
        sched_yield();
}

static void create(void *(*function)(void *), pthread_t *ret_thread)
{
    if (pthread_create(ret_thread, NULL, function, NULL) != 0)
        _exit(99);
}

static void end_threads(void)
{
    for (int i = 0; i < 50; i++) {
        pthread_t thread;

        create(nothing, &thread);
        pthread_join(thread, NULL);
    }
}

static void stop_and_continue(void)
{
    pid_t process = getpid();
    pid_t other = fork();

    if (other == 0) {
        for (int i = 0; i < 50; i++) {
            kill(process, SIGSTOP);
            kill(process, SIGCONT);
        }
        _exit(0);
    }
    waitpid(other, NULL, 0);
}

static void *do_it(void *unused)
{
    wait_for_calls(count);
    if (strcmp(how, "exec") == 0)
        execl("/bin/true", "true", (char *)NULL);
    else if (strcmp(how, "kill") == 0)
        kill(getpid(), SIGKILL);
    else if (strcmp(how, "end") == 0)
        end_threads();
    else if (strcmp(how, "stop") == 0)
        stop_and_continue();
    else if (strcmp(how, "never") == 0)
        return idle(unused);
    wait_for_calls(made + 2);
    _exit(7);
    return unused;
}

int main(int argc, char *argv[])
{
    pthread_t thread;

    if (argc != 4)
        return 99;
    how = argv[2];
    count = strtol(argv[3], NULL, 10);
    create(idle, &thread);
    if (strcmp(argv[1], "leader") == 0) {
        create(do_it, &thread);
        make_calls();
    }
    create(do_it, &thread);
    create((void *(*)(void *))make_calls, &thread);
    idle(NULL);
    return 99;
}
