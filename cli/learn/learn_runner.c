/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../trace/proc/proc.h"
#include "../common/exit.h"
#include "../run/become.h"
#include "learn_observe.h"
#include "learn_terminal.h"

/* --- the command */

/* Exactly as `run -u USER -a SET` does it, by its very code. */
static int become(const struct ck_learn_options *options, uint64_t set)
{
    static struct ck_policy policy; /* not initialized: all of it, a megabyte, would be in the file */
    const struct ck_run_options run = {.user = options->user, .command = options->command};
    const struct ck_log log = {.kind = CK_LOG_NONE};

    policy.rule_count = policy.text_size = 1;
    policy.rules[0].ambient_mask = set;
    return ck_become(&run, &policy, &log);
}

static int redirect(const struct ck_learn_run *run)
{
    const char *output = run->output;
    int in = run->has_terminal ? STDIN_FILENO : open("/dev/null", O_RDONLY | O_CLOEXEC);
    int out = open(output, O_WRONLY | O_APPEND | O_CLOEXEC);

    if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
        return ck_fail("learn", "%s: %s", output, strerror(errno));
    return 0;
}

/* In the child. Nothing to read at the gate, and its other end gone: then it is on its own, and so not to run. */
static _Noreturn void be_command(const struct ck_learn_options *options, const struct ck_learn_run *run,
                                 const sigset_t *mask, int gate, struct ck_learn_report *report)
{
    char go;

    (void)setpgid(0, 0); /* it has just been made, and leads no session */
    if (run->has_terminal)
        ck_learn_terminal_take();
    int status = redirect(run);
    if (read(gate, &go, 1) != 1)
        _exit(CK_EXIT_FAILED);
    ck_learn_run_release();                     /* or one that comes before the exec would be lost */
    (void)sigprocmask(SIG_SETMASK, mask, NULL); /* it cannot fail */
    if (status == 0)
        status = become(options, run->set);
    report->start_failure = status;
    _exit(status);
}

/* --- ending it */

static int command_fd = -1;

/* By its descriptor: whoever has its number later is not meant. A job that is stopped goes on to be ended. */
static void on_end(int signal)
{
    int error = errno;

    (void)pidfd_send_signal(command_fd, signal == CK_LEARN_SIGNAL_KILL ? SIGKILL : SIGTERM, NULL,
                            0);                            /* ESRCH: it has ended */
    (void)pidfd_send_signal(command_fd, SIGCONT, NULL, 0); /* as above */
    errno = error;
}

/* Both signals are blocked until there is something to end. */
static void take_signals(pid_t command)
{
    sigset_t set;

    command_fd = pidfd_open(command, 0);
    (void)sigemptyset(&set); /* none of these can fail */
    (void)sigaddset(&set, CK_LEARN_SIGNAL_END);
    (void)sigaddset(&set, CK_LEARN_SIGNAL_KILL);
    (void)sigaction(CK_LEARN_SIGNAL_END, &(struct sigaction){.sa_handler = on_end}, NULL);
    (void)sigaction(CK_LEARN_SIGNAL_KILL, &(struct sigaction){.sa_handler = on_end}, NULL);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static pid_t find_child(void)
{
    static struct ck_proc proc;
    pid_t *pids;
    pid_t child = 0;
    int count = ck_proc_list(0, &pids);

    for (int i = 0; i < count && child == 0; i++) {
        if (ck_proc_read(pids[i], &proc) == 0 && proc.ppid == getpid())
            child = pids[i];
    }
    if (count >= 0)
        free(pids);
    return child;
}

/* As each one ends its own children come to us, until there are none. */
static void end_rest(struct ck_learn_report *report)
{
    for (;;) {
        pid_t ended = waitpid(-1, NULL, WNOHANG | __WALL);
        if (ended > 0)
            continue;
        pid_t child = ended == 0 ? find_child() : 0;
        if (child == 0)
            return;
        if (kill(child, SIGKILL) < 0 && errno == EPERM) {
            report->is_left = true;
            return;
        }
        (void)waitpid(child, NULL, __WALL); /* it is ours */
        report->left++;
    }
}

/* --- the run */

static void wait_for(pid_t command, struct ck_learn_report *report)
{
    int status;

    while (waitpid(command, &status, __WALL) < 0) {
        if (errno != EINTR)
            return;
    }
    report->wait_status = status;
    report->has_ended = true;
}

static enum ck_learn_view view_of(const struct ck_learn_run *run)
{
    if (run->is_once)
        return CK_LEARN_GIVE;
    return run->is_told_root ? CK_LEARN_PRETEND : CK_LEARN_START;
}

_Noreturn void ck_learn_runner(const struct ck_learn_options *options, const struct ck_learn_run *run, pid_t parent,
                               const sigset_t *mask, struct ck_learn_report *report)
{
    struct ck_learn_observer *observer = NULL;
    int gate[2];

    /* Whoever started us may be killed, or has been before this; the command does not outlive that. */
    (void)prctl(PR_SET_PDEATHSIG, CK_LEARN_SIGNAL_KILL);
    if (getppid() != parent)
        _exit(CK_EXIT_FAILED);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1); /* Linux 3.4 */
    if (pipe2(gate, O_CLOEXEC) < 0)
        _exit(CK_EXIT_FAILED);
    pid_t command = fork();
    if (command == 0) {
        (void)close(gate[1]);
        be_command(options, run, mask, gate[0], report);
    }
    if (command < 0)
        _exit(CK_EXIT_FAILED);
    /*
     * What a terminal sends is for those who started us. With nobody of its session above it the command's group is an
     * orphaned one (setpgid(2)), which no key stops: there is nobody who would have it go on.
     */
    (void)setsid(); /* we were just forked, and lead no group */
    take_signals(command);
    if (run->is_observed)
        observer = ck_learn_observe(command, view_of(run), run->set, report);
    if (run->is_once && observer == NULL) {
        report->start_failure = ck_fail("learn", "--once: %s", report->hindrance);
        _exit(0); /* the gate is closed with it */
    }
    (void)!write(gate[1], "", 1); /* if it has been killed meanwhile, its end is about to be seen */
    (void)close(gate[1]);
    if (observer != NULL)
        (void)ck_learn_follow(observer, 0); /* the run is timed as a whole */
    if (report->has_rival && !run->is_once)
        (void)kill(command, SIGKILL); /* our own child, not waited for yet */
    if (!report->has_ended)
        wait_for(command, report);
    end_rest(report);
    _exit(0);
}
