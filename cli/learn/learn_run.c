/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/exit.h"
#include "learn_runner.h"
#include "learn_terminal.h"

/* How often --until is tried, and how long a command may take to end when it is asked to. */
#define UNTIL_MS 100
#define GRACE_MS 5000
#define UNTIL_GRACE_MS 10000

struct ck_learn_report *ck_learn_report_new(void)
{
    struct ck_learn_report *report =
        mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return ck_memory(report != MAP_FAILED ? report : NULL);
}

/* --- signals */

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

enum { ENDING_COUNT = sizeof(ending_signals) / sizeof(ending_signals[0]) };

static volatile sig_atomic_t noted_signal;
static sigset_t own_mask; /* as it was when we were started */

static void note_signal(int signal)
{
    noted_signal = signal;
}

int ck_learn_run_signal(void)
{
    return noted_signal;
}

/* Blocked but where they are waited for, so that none is missed just before that. */
void ck_learn_run_prepare(void)
{
    sigset_t set;

    (void)sigemptyset(&set); /* none of these can fail */
    (void)sigaddset(&set, CK_LEARN_SIGNAL_END);
    (void)sigaddset(&set, CK_LEARN_SIGNAL_KILL);
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        struct sigaction old;

        (void)sigaddset(&set, ending_signals[i]);
        (void)sigaction(ending_signals[i], NULL, &old);
        if (old.sa_handler != SIG_IGN) /* nohup(1) */
            (void)sigaction(ending_signals[i], &(struct sigaction){.sa_handler = note_signal}, NULL);
    }
    (void)sigprocmask(SIG_BLOCK, &set, &own_mask);
}

void ck_learn_run_release(void)
{
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        struct sigaction old;

        (void)sigaction(ending_signals[i], NULL, &old); /* neither can fail */
        if (old.sa_handler != SIG_IGN)
            (void)sigaction(ending_signals[i], &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    }
}

/* Takes the signals that are pending. */
static void look_at_signals(void)
{
    struct timespec none = {0, 0};
    sigset_t mask = own_mask;

    (void)sigdelset(&mask, SIGINT); /* these cannot fail */
    (void)sigdelset(&mask, SIGTERM);
    (void)sigdelset(&mask, SIGHUP);
    (void)ppoll(NULL, 0, &none, &mask);
}

/* --- the caller's own commands */

/* What they print is not ours: our output is a policy. That --until fails is no news. */
static _Noreturn void be_shell(const char *text, bool is_quiet)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0 || dup2(is_quiet ? null : STDERR_FILENO, STDOUT_FILENO) < 0 ||
        (is_quiet && dup2(null, STDERR_FILENO) < 0))
        _exit(CK_EXIT_FAILED);
    ck_learn_run_release();
    (void)sigprocmask(SIG_SETMASK, &own_mask, NULL); /* it cannot fail */
    (void)execl("/bin/sh", "sh", "-c", text, NULL);
    _exit(CK_EXIT_NOT_FOUND);
}

static pid_t start_shell(const char *text, bool is_quiet)
{
    pid_t pid = fork();

    if (pid == 0)
        be_shell(text, is_quiet);
    if (pid < 0)
        (void)ck_fail("learn", "sh: %s", strerror(errno));
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = -1;

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Returns whether it succeeds. */
static bool call_shell(const char *text)
{
    (void)fflush(stdout); /* at the end it is looked at whether all could be written */
    return wait_for(start_shell(text, false)) == 0;
}

bool ck_learn_run_check(const struct ck_learn_options *options, int status, const char *output)
{
    char number[16];

    (void)snprintf(number, sizeof(number), "%d", status); /* it fits */
    bool is_set = setenv("CAPKEEP_STATUS", number, 1) == 0 && setenv("CAPKEEP_OUTPUT", output, 1) == 0;
    (void)ck_memory(is_set ? number : NULL);
    bool result = call_shell(options->check);
    (void)unsetenv("CAPKEEP_STATUS"); /* they were there a moment ago */
    (void)unsetenv("CAPKEEP_OUTPUT");
    return result;
}

/* --- looking after the run */

struct watch {
    const struct ck_learn_options *options;
    pid_t runner;
    int runner_fd;
    pid_t until; /* one that is being tried, or 0 */
    int until_fd;
    int64_t next_until;
    int64_t deadline;
    int64_t kill_at; /* or 0, while nobody has asked it to end */
    bool has_come;   /* --until has succeeded */
    bool has_timed_out;
};

static void ask_to_end(struct watch *watch)
{
    (void)kill(watch->runner, CK_LEARN_SIGNAL_END); /* our own child, not waited for yet */
    watch->kill_at = ck_clock_ms() + GRACE_MS;
}

static void start_until(struct watch *watch)
{
    watch->until = start_shell(watch->options->until, true);
    watch->until_fd = watch->until > 0 ? pidfd_open(watch->until, 0) : -1;
    if (watch->until < 0)
        watch->until = 0;
}

static void end_until(struct watch *watch, bool is_killed)
{
    if (watch->until == 0)
        return;
    if (is_killed)
        (void)kill(watch->until, SIGKILL); /* our own child */
    watch->has_come |= wait_for(watch->until) == 0 && !is_killed;
    (void)close(watch->until_fd);
    watch->until = 0;
    watch->until_fd = -1;
    watch->next_until = ck_clock_ms() + UNTIL_MS;
}

/* What is due by now. */
static void act(struct watch *watch)
{
    int64_t now = ck_clock_ms();

    if (watch->kill_at != 0 && now >= watch->kill_at) {
        (void)kill(watch->runner, CK_LEARN_SIGNAL_KILL); /* as above */
        watch->kill_at = INT64_MAX;
    }
    if (watch->kill_at != 0)
        return;
    watch->has_timed_out = !watch->has_come && now >= watch->deadline;
    if (watch->has_come || watch->has_timed_out || noted_signal != 0)
        ask_to_end(watch);
    else if (watch->options->until != NULL && watch->until == 0 && now >= watch->next_until)
        start_until(watch);
}

static int64_t next_time(const struct watch *watch)
{
    if (watch->kill_at != 0)
        return watch->kill_at;
    if (watch->options->until != NULL && watch->until == 0 && watch->next_until < watch->deadline)
        return watch->next_until;
    return watch->deadline;
}

/* Waits for what comes next. Returns whether the run goes on. */
static bool wait_for_news(struct watch *watch)
{
    struct pollfd fds[] = {{.fd = watch->runner_fd, .events = POLLIN}, {.fd = watch->until_fd, .events = POLLIN}};
    int64_t left = next_time(watch) - ck_clock_ms();
    sigset_t mask = own_mask;

    if (left < 0)
        left = 0;
    if (left > 60000)
        left = 60000;
    struct timespec time = {(time_t)(left / 1000), (long)(left % 1000 * 1000000)};
    for (size_t i = 0; i < ENDING_COUNT; i++)
        (void)sigdelset(&mask, ending_signals[i]); /* it cannot fail */
    if (ppoll(fds, 2, &time, &mask) < 0)
        return true; /* a signal */
    if (fds[0].revents != 0)
        return false;
    if (fds[1].revents != 0)
        end_until(watch, false);
    return true;
}

/* A server that ends with its first connection ends before the one that has made it. */
static void give_until_time(struct watch *watch)
{
    struct pollfd fd = {.fd = watch->until_fd, .events = POLLIN};

    if (watch->until == 0 || watch->kill_at != 0)
        return;
    if (poll(&fd, 1, UNTIL_GRACE_MS) > 0)
        end_until(watch, false);
}

static void look_after(struct watch *watch)
{
    do
        act(watch);
    while (wait_for_news(watch));
    give_until_time(watch);
    end_until(watch, true);
    (void)wait_for(watch->runner);
    (void)close(watch->runner_fd);
}

/* --- the run */

static int start(const struct ck_learn_options *options, const struct ck_learn_run *run, struct watch *watch,
                 struct ck_learn_report *report)
{
    int fd = open(run->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return ck_fail("learn", "%s: %s", run->output, strerror(errno));
    (void)close(fd); /* it is empty */
    memset(report, 0, sizeof(*report));
    (void)fflush(stdout); /* as above */
    pid_t parent = getpid();
    watch->runner = fork();
    if (watch->runner == 0)
        ck_learn_runner(options, run, parent, &own_mask, report);
    watch->runner_fd = watch->runner > 0 ? pidfd_open(watch->runner, 0) : -1;
    return watch->runner_fd >= 0 ? 0 : ck_fail("learn", "a process for the run: %s", strerror(errno));
}

void ck_learn_run_show(const char *output)
{
    char line[4096];
    FILE *file = fopen(output, "re");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        fputs(line, stderr);
    if (file != NULL)
        (void)fclose(file); /* read only: nothing is lost with it */
}

static bool judge(const struct ck_learn_options *options, const struct watch *watch, const struct ck_learn_run *run,
                  const struct ck_learn_outcome *outcome)
{
    if (outcome->has_timed_out || (options->until != NULL && !watch->has_come))
        return false;
    if (options->check != NULL)
        return ck_learn_run_check(options, outcome->status, run->output);
    return options->until != NULL || outcome->status == 0;
}

static int carry_out(const struct ck_learn_options *options, const struct ck_learn_run *run,
                     struct ck_learn_report *report, struct ck_learn_outcome *ret_outcome)
{
    int64_t began = ck_clock_ms();
    struct watch watch = {
        .options = options, .until_fd = -1, .next_until = began, .deadline = began + options->timeout};
    int status = start(options, run, &watch, report);

    if (status != 0)
        return status;
    look_after(&watch);
    if (run->has_terminal)
        ck_learn_terminal_take();
    if (report->start_failure != 0) {
        ck_learn_run_show(run->output);
        return report->start_failure;
    }
    if (!report->has_ended)
        return ck_fail("learn", "the process that carries out the run has ended before the command");
    int wait_status = report->wait_status;
    ret_outcome->status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    ret_outcome->has_timed_out = watch.has_timed_out;
    ret_outcome->seconds = (double)(ck_clock_ms() - began) / 1000;
    if (noted_signal == 0)
        ret_outcome->has_passed = judge(options, &watch, run, ret_outcome);
    return 0;
}

int ck_learn_run(const struct ck_learn_options *options, const struct ck_learn_run *run, struct ck_learn_report *report,
                 struct ck_learn_outcome *ret_outcome)
{
    *ret_outcome = (struct ck_learn_outcome){.has_passed = false};
    bool is_ready = options->before == NULL || call_shell(options->before);
    look_at_signals(); /* which end --before as well */
    if (!is_ready && noted_signal == 0)
        return ck_fail("learn", "--before has failed");
    int status = noted_signal == 0 ? carry_out(options, run, report, ret_outcome) : 0;
    if (options->after != NULL)
        (void)call_shell(options->after); /* what it makes of itself is its own business */
    look_at_signals();
    return status;
}
