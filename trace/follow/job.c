/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tracer_work.h"

static bool is_stop(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/* Whether a shell may be waiting for us as for the command, and has to see that its job is stopped. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        (void)close(fd); /* nothing was done with it */
    return fd >= 0;
}

/* From the terminal, or from what is traced itself: an editor stops itself when it has put the terminal in order. */
static bool comes_from_job(const struct ck_tracer *tracer, pid_t tid)
{
    siginfo_t info;

    if (ck_trace(PTRACE_GETSIGINFO, tid, NULL, &info) < 0)
        return false;
    if (info.si_code == SI_USER || info.si_code == SI_TKILL)
        return ck_threads_has_process(&tracer->threads, info.si_pid);
    return info.si_code == SI_KERNEL;
}

void ck_job_note_signal(struct ck_tracer *tracer, const struct ck_tracee *tracee, int signal)
{
    if (is_stop(signal) && tracee->pid == tracer->command)
        tracer->stops_with_command = comes_from_job(tracer, tracee->tid);
}

void ck_job_go_on(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    if (!is_stop(signal)) {
        ck_tracer_resume(tracer, tracee->tid, 0);
        return;
    }
    (void)ck_trace(PTRACE_LISTEN, tracee->tid, NULL, NULL); /* ESRCH: killed meanwhile */
    /* Our own process; the shell continues the two together. */
    if (tracee->tid == tracer->command && tracer->stops_with_command && has_terminal())
        (void)kill(getpid(), SIGSTOP);
}
