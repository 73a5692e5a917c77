/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shim/core/capset.h"
#include "../../shim/hot/sys.h"
#include "../../trace/follow/hindrance.h"
#include "../../trace/keep/supervise.h"
#include "../common/exit.h"

/* What the supervisor tells the launcher-to-be: nothing, or why it cannot be supervised. */
struct answer {
    char why[CK_HINDRANCE_SIZE];
};

enum { ANSWER = 3 }; /* the only descriptor that the supervisor keeps, and that until it has answered */

/*
 * Nothing of the launcher's is held on to: neither its terminal nor its files nor, by standing there, a file system. The
 * signals that end a session or a machine's services are the launcher's affair; the supervisor ends with it. Those that
 * come of the launcher's own limits (RLIMIT_FSIZE at a log, RLIMIT_CPU) would end the launcher with it.
 */
static int become_daemon(int answer, const struct ck_log *log)
{
    static const int ignored[] = {SIGHUP,  SIGINT, SIGQUIT,   SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2, SIGXFSZ,
                                  SIGXCPU, SIGIO,  SIGVTALRM, SIGPROF, SIGPWR,  SIGTSTP, SIGTTIN, SIGTTOU};
    const int last = log->kind == CK_LOG_STDERR ? STDOUT_FILENO : STDERR_FILENO;
    sigset_t none;

    (void)setsid(); /* it cannot fail: a child is no group's leader */
    int high = fcntl(answer, F_DUPFD_CLOEXEC, ANSWER + 1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= last; fd++) {
        if (null < 0 || dup2(null, fd) < 0)
            (void)close(fd); /* better none than the launcher's */
    }
    if (high < 0 || dup3(high, ANSWER, O_CLOEXEC) < 0 || chdir("/") < 0)
        return -errno;
    closefrom(ANSWER + 1);
    (void)prctl(PR_SET_NAME, "capkeep-ptrace"); /* it cannot fail, as what follows: the signals exist */
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        (void)signal(ignored[i], SIG_IGN);
    /* Were it ignored, the ends of the launcher's own children would be taken from it. */
    (void)signal(SIGCHLD, SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}

static void __attribute__((noreturn)) answer_and_exit(int fd, const struct answer *answer)
{
    (void)!write(fd, answer, sizeof(*answer)); /* its end says as much */
    _exit(CK_EXIT_FAILED);
}

static void __attribute__((noreturn)) fail(int fd, int error, const char *what)
{
    struct answer answer;

    (void)snprintf(answer.why, sizeof(answer.why), "%s: %s", what, strerror(error)); /* it fits */
    answer_and_exit(fd, &answer);
}

static void __attribute__((noreturn)) supervise(pid_t launcher, int answer_fd, struct ck_policy *policy,
                                                const struct ck_log *log)
{
    const struct ck_tracer_options options = {.exit_kill = true};
    struct answer answer = {.why = ""};
    static const volatile bool never_stop;
    int result = become_daemon(answer_fd, log);

    if (result < 0)
        fail(answer_fd, -result, "leaving the launcher's session");
    result = ck_watch_load(false);
    if (result < 0)
        fail(ANSWER, -result, "looking up the system calls");
    struct ck_supervisor *supervisor = ck_supervisor_new(policy, log);
    struct ck_tracer *tracer = supervisor != NULL ? ck_tracer_new(&options, &ck_supervisor_listener, supervisor) : NULL;
    if (tracer == NULL)
        fail(ANSWER, errno, "beginning");
    result = ck_tracer_attach(tracer, launcher);
    if (result < 0)
        ck_hindrance_tell(tracer, -result, answer.why);
    if (result < 0)
        answer_and_exit(ANSWER, &answer);
    (void)!write(ANSWER, &answer, sizeof(answer)); /* nobody reads it if the launcher has been killed */
    (void)close(ANSWER);
    (void)ck_tracer_follow(tracer, &never_stop); /* how the launcher ends is for its parent to know */
    _exit(0);
}

/* A fork whose end sends no signal: the launcher is to find none pending that it did not cause. */
static pid_t fork_silently(void)
{
    return (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, NULL);
}

static bool may_trace(void)
{
    struct ck_capset caps;

    return ck_sys_capget(&caps) == 0 && (caps.effective & ck_cap_bit(CAP_SYS_PTRACE)) != 0;
}

/*
 * Twice removed, so that it is not the launcher's child. Were this the first process of a container, it would be so
 * again: orphans are that process's to wait for, this one among them.
 */
static int start(struct ck_policy *policy, const struct ck_log *log, struct answer *ret_answer)
{
    pid_t launcher = getpid();
    int pipe_fds[2];

    if (pipe2(pipe_fds, O_CLOEXEC) < 0)
        return -errno;
    pid_t between = fork_silently();
    if (between == 0) {
        pid_t supervisor = fork_silently();
        if (supervisor == 0)
            supervise(launcher, pipe_fds[1], policy, log);
        _exit(0);
    }
    int result = between < 0 ? -errno : 0;
    (void)close(pipe_fds[1]);
    if (result == 0) {
        (void)waitpid(between, NULL, __WALL); /* it is there, and ends */
        ssize_t length = read(pipe_fds[0], ret_answer, sizeof(*ret_answer));
        /* Whatever fails is told: what says nothing has been killed, as by a filter of systemd's. */
        result = length == (ssize_t)sizeof(*ret_answer) ? 0 : -ECHILD;
    }
    (void)close(pipe_fds[0]);
    return result;
}

int ck_supervise(struct ck_policy *policy, const struct ck_log *log, char ret_why[CK_SUPERVISE_WHY_SIZE])
{
    struct answer answer = {.why = ""};
    int result;

    if (!may_trace()) {
        (void)snprintf(ret_why, CK_SUPERVISE_WHY_SIZE, "that needs CAP_SYS_PTRACE (docker run --cap-add=SYS_PTRACE)");
        return -1;
    }
    result = start(policy, log, &answer);
    if (result == -ECHILD) {
        (void)snprintf(ret_why, CK_SUPERVISE_WHY_SIZE,
                       "the supervisor is killed as it begins to trace (a seccomp filter, as of SystemCallFilter=?)");
        return -1;
    }
    if (result < 0) {
        (void)snprintf(ret_why, CK_SUPERVISE_WHY_SIZE, "starting the supervisor: %s", strerror(-result));
        return -1;
    }
    (void)snprintf(ret_why, CK_SUPERVISE_WHY_SIZE, "%s", answer.why); /* it fits */
    return answer.why[0] == '\0' ? 0 : -1;
}
