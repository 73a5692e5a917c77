/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_kernel.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare_files.h"

/* How a child ends that could not get into the state of its case: the step is the exit status. */
enum { STEP_OK, STEP_TRACED, STEP_IDS, STEP_CHROOT, STEP_USERNS, STEP_THREAD, STEP_SETS, STEP_SECUREBITS, STEP_FINAL };

static void require(long result, int step)
{
    if (result < 0)
        _exit(step);
}

static long set_caps(uint64_t permitted, uint64_t effective, uint64_t inheritable)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
    };

    return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/*
 * PTRACE_TRACEME notes the credentials of the thread that asks for it as those of its tracer, so a tracer without
 * CAP_SYS_PTRACE takes no other process than the one there is.
 */
static void become_traced(const struct compare_worker *worker, uint64_t traced)
{
    uint64_t all = worker->limits->held_mask;

    if (traced == TRACED_NOT)
        return;
    if (traced == TRACED_BY_INCAPABLE)
        require(set_caps(all, all & ~(UINT64_C(1) << CAP_SYS_PTRACE), 0), STEP_TRACED);
    require(ptrace(PTRACE_TRACEME, 0, NULL, NULL), STEP_TRACED);
    require(set_caps(all, all, 0), STEP_TRACED);
}

/* With SECBIT_NO_SETUID_FIXUP any ids can be had without a loss. */
static void take_ids(const struct compare_case *the_case)
{
    const uint64_t *uids = the_case->state.uids;
    const uint64_t *gids = the_case->state.gids;
    gid_t groups[3];

    for (uint64_t i = 0; i < the_case->groups[0]; i++)
        groups[i] = (gid_t)the_case->groups[1 + i];
    require(syscall(SYS_setgroups, the_case->groups[0], groups), STEP_IDS);
    require(syscall(SYS_setresgid, gids[0], gids[1], gids[2]), STEP_IDS);
    syscall(SYS_setfsgid, gids[3]);
    require(syscall(SYS_prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), STEP_IDS);
    require(syscall(SYS_setresuid, uids[0], uids[1], uids[2]), STEP_IDS);
    syscall(SYS_setfsuid, uids[3]);
}

static void *wait_for_ever(void *data)
{
    for (;;)
        pause();
    return data;
}

static void take_surroundings(const struct compare_worker *worker, const struct compare_case *the_case)
{
    pthread_t thread;

    if (the_case->chrooted)
        require(chroot("/tmp"), STEP_CHROOT);
    if (the_case->userns != 0)
        require(setns(worker->userns_fds[the_case->userns], CLONE_NEWUSER), STEP_USERNS);
    if (the_case->threaded && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
        _exit(STEP_THREAD);
}

/* What takes privilege first: inheritable while all is in bounding, ambient before securebits may forbid it. */
static void take_caps(const struct compare_worker *worker, const struct compare_case *the_case)
{
    const struct compare_state *state = &the_case->state;
    uint64_t all = the_case->userns == 0 ? worker->limits->held_mask : ck_kernel_caps(&worker->limits->kernel);

    require(set_caps(all, all, state->inheritable), STEP_SETS);
    for (unsigned long cap = 0; cap <= worker->limits->kernel.last_cap; cap++) {
        if ((state->ambient >> cap & 1) != 0)
            require(syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0), STEP_SETS);
        if ((all & ~state->bounding) >> cap & 1)
            require(syscall(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0), STEP_SETS);
    }
    require(syscall(SYS_prctl, PR_SET_SECUREBITS, state->securebits, 0, 0, 0), STEP_SECUREBITS);
    if (state->no_new_privs)
        require(syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), STEP_SECUREBITS);
    require(set_caps(state->permitted, state->effective, state->inheritable), STEP_FINAL);
}

/* --- the call */

static long execute(const struct compare_worker *worker, const struct compare_case *the_case)
{
    char path[COMPARE_PATH_MAX];
    char last_cap[16];
    char *argv[] = {path, last_cap, NULL};

    compare_files_path(the_case, worker->number, path);
    (void)snprintf(last_cap, sizeof(last_cap), "%u", worker->limits->kernel.last_cap);
    return syscall(SYS_execve, path, argv, (char *[]){NULL});
}

static long make_call(const struct compare_worker *worker, const struct compare_case *the_case)
{
    const uint64_t *args = the_case->args;

    switch (the_case->call) {
    case CALL_SETUID:
        return syscall(SYS_setuid, args[0]);
    case CALL_SETREUID:
        return syscall(SYS_setreuid, args[0], args[1]);
    case CALL_SETRESUID:
        return syscall(SYS_setresuid, args[0], args[1], args[2]);
    case CALL_SETFSUID:
        return syscall(SYS_setfsuid, args[0]);
    case CALL_CAPSET:
        errno = (int)-set_caps(args[0], args[1], args[2]);
        return errno == 0 ? 0 : -1;
    case CALL_PRCTL:
        return syscall(SYS_prctl, args[0], args[1], args[2], args[3], args[4]);
    case CALL_EXECVE:
        return execute(worker, the_case);
    case CALL_UNSHARE:
        return unshare(CLONE_NEWUSER);
    default:
        return setns(worker->userns_fds[args[0]], CLONE_NEWUSER);
    }
}

static void be_the_case(const struct compare_worker *worker, const struct compare_case *the_case)
{
    struct compare_report *report = worker->report;
    unsigned last_cap = worker->limits->kernel.last_cap;

    become_traced(worker, the_case->traced);
    take_ids(the_case);
    take_surroundings(worker, the_case);
    take_caps(worker, the_case);
    compare_state_read(last_cap, &report->before);
    long result = make_call(worker, the_case);
    report->result = result < 0 ? -errno : result;
    compare_state_read(last_cap, &report->after);
    report->done = 1;
    _exit(STEP_OK);
}

/* --- the parent */

int compare_kernel_start(struct compare_worker *worker)
{
    const size_t size = sizeof(*worker->report);
    int fd = memfd_create("report", MFD_CLOEXEC);

    if (fd < 0 || ftruncate(fd, (off_t)size) < 0 || dup2(fd, COMPARE_REPORT_FD) < 0)
        return -1;
    close(fd);
    worker->report = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, COMPARE_REPORT_FD, 0);
    return worker->report == MAP_FAILED ? -1 : 0;
}

/* A traced child stops once it has executed something; it is let go then. */
static int wait_for_end(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
        ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return status;
}

const char *compare_kernel_run(struct compare_worker *worker, const struct compare_case *the_case,
                               struct compare_report *ret_report)
{
    static char trouble[64];

    *worker->report = (struct compare_report){0};
    if (compare_files_prepare(the_case, worker->number) < 0)
        return "the files could not be given their attributes";
    pid_t pid = the_case->shares_fs ? (pid_t)syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0) : fork();
    if (pid < 0)
        return "no child process is to be had";
    if (pid == 0)
        be_the_case(worker, the_case);
    int status = wait_for_end(pid);
    *ret_report = *worker->report;
    if (ret_report->done)
        return NULL;
    (void)snprintf(trouble, sizeof(trouble), "the child gave no report: status %#x", (unsigned)status);
    return trouble;
}
