#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tracer_work.h"

/* Whether a shell may be waiting for us as for the command, and has to see that its job is stopped. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        (void)close(fd); /* nothing was done with it */
    return fd >= 0;
}

void ck_job_go_on(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    bool is_job = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;

    if (!is_job) {
        ck_tracer_resume(tracer, tracee->tid, 0);
        return;
    }
    (void)ck_trace(PTRACE_LISTEN, tracee->tid, NULL, NULL); /* ESRCH: killed meanwhile */
    if (tracee->tid == tracer->command && has_terminal())
        (void)kill(getpid(), SIGSTOP); /* our own process; the shell continues the two together */
}
