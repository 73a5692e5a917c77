/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracer_work.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../proc/proc.h"
#include "wait.h"

/* A child that stands still, and to which nothing happens. It does not outlive us, whatever ends us meanwhile. */
static pid_t make_stopped_child(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
            _exit(0);
        if (ck_trace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
            _exit(0);
        (void)raise(SIGSTOP); /* it cannot fail */
        _exit(0);
    }
    return pid;
}

/* Without these nothing would be seen, in silence. PTRACE_GET_SYSCALL_INFO came with Linux 5.3; to ask takes a tracee. */
static int check_kernel(void)
{
    struct __ptrace_syscall_info info;
    int status;

    if (access("/proc/self/status", R_OK) < 0)
        return -ENOENT;
    pid_t pid = make_stopped_child();
    if (pid < 0)
        return -errno;
    int result = ck_wait_for_one(pid, &status);
    /* Not ours to trace, if whoever traces us has it: then the process that is meant tells. */
    if (result < 0 || WIFEXITED(status))
        return result;
    if (ck_trace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(info), &info) < 0)
        result = errno == EIO || errno == EINVAL ? -EOPNOTSUPP : -errno;
    (void)kill(pid, SIGKILL); /* our own child, as what follows */
    (void)ck_wait_for_one(pid, &status);
    return result;
}

pid_t ck_tracer_holder(const struct ck_tracer *tracer)
{
    return tracer->holder;
}

static void note_holder(struct ck_tracer *tracer, pid_t tid)
{
    struct ck_proc proc;

    tracer->holder = ck_proc_read(tid, &proc) == 0 ? proc.tracer : 0;
}

static long options_of(const struct ck_tracer *tracer)
{
    long options =
        PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

    if (tracer->options.filter)
        options |= PTRACE_O_TRACESECCOMP;
    if (tracer->options.exit_kill)
        options |= PTRACE_O_EXITKILL;
    return options;
}

int ck_tracer_suspend_filters(const struct ck_tracer *tracer, const struct ck_tracee *tracee, bool is_suspended)
{
    long options = options_of(tracer) | (is_suspended ? PTRACE_O_SUSPEND_SECCOMP : 0);

    return ck_trace(PTRACE_SETOPTIONS, tracee->tid, NULL, (void *)options) < 0 ? -errno : 0;
}

static int seize(struct ck_tracer *tracer, pid_t tid)
{
    if (ck_trace(PTRACE_SEIZE, tid, NULL, (void *)options_of(tracer)) < 0) {
        int error = errno;
        note_holder(tracer, tid);
        return -error;
    }
    return ck_trace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 ? -errno : 0;
}

/* In the child: waits until it is traced, then becomes the command. */
static void become_command(const struct ck_tracer *tracer, int gate, char *const argv[])
{
    char go;
    int result;

    /* Nothing to read, and the writing end gone: then it is on its own, and so not to run. */
    if (read(gate, &go, 1) != 1)
        _exit(125);
    result = tracer->options.filter ? ck_watch_install_filter() : 0;
    if (result < 0) {
        fprintf(stderr, "capkeep: the filter cannot be installed: %s\n", strerror(-result));
        _exit(125);
    }
    execvp(argv[0], argv);
    result = errno;
    fprintf(stderr, "capkeep: %s: %s\n", argv[0], strerror(result));
    _exit(result == ENOENT ? 127 : 126);
}

pid_t ck_tracer_start(struct ck_tracer *tracer, char *const argv[])
{
    int gate[2];
    int status;
    int result = check_kernel();

    if (result < 0)
        return result;
    if (pipe2(gate, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(gate[1]);
        become_command(tracer, gate[0], argv);
    }
    (void)close(gate[0]);
    result = pid < 0 ? -errno : seize(tracer, pid);
    /* Its answer to PTRACE_INTERRUPT, before it is let through the gate: from here on no call is missed. */
    if (result == 0)
        result = ck_wait_for_one(pid, &status);
    struct ck_tracee *tracee = result == 0 ? ck_threads_add(&tracer->threads, pid) : NULL;
    if (tracee != NULL) {
        tracer->command = pid;
        ck_tracer_tell_start(tracer, tracee, NULL);
        ck_tracer_handle(tracer, pid, status);
        tracer->gate = gate[1];
        return pid;
    }
    (void)close(gate[1]);
    return result < 0 ? result : -ENOMEM;
}

void ck_tracer_go(struct ck_tracer *tracer)
{
    if (tracer->gate < 0)
        return;
    /* If it has been killed meanwhile, nobody reads this, and its end is about to be heard of. */
    (void)!write(tracer->gate, "", 1);
    (void)close(tracer->gate);
    tracer->gate = -1;
}

/* One round over the threads that there are; returns how many of them were new, or -errno. */
static int attach_round(struct ck_tracer *tracer, pid_t pid, DIR *tasks)
{
    int new = 0;

    rewinddir(tasks);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        int result;

        if (tid <= 0 || ck_threads_find(&tracer->threads, tid) != NULL)
            continue;
        result = seize(tracer, tid);
        /* A thread may end meanwhile; one that is traced already by ourselves is the clone of another. */
        if (result < 0 && tid == pid)
            return result;
        struct ck_tracee *tracee = result == 0 ? ck_threads_add(&tracer->threads, tid) : NULL;
        if (tracee == NULL)
            continue;
        tracee->pid = pid;
        tracee->attached = true;
        new ++;
    }
    return new;
}

int ck_tracer_attach(struct ck_tracer *tracer, pid_t pid)
{
    char path[64];
    int new = check_kernel();

    if (new < 0)
        return new;
    (void)snprintf(path, sizeof(path), "/proc/%d/task", pid); /* it fits */
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return errno == ENOENT ? -ESRCH : -errno;
    /* Until no thread is left that could have made one unseen. */
    do {
        new = attach_round(tracer, pid, tasks);
    } while (new > 0);
    (void)closedir(tasks);
    return new;
}
