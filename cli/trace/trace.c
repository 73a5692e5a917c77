/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../trace/follow/hindrance.h"
#include "../../trace/tell/session.h"
#include "../common/exit.h"
#include "../common/number.h"
#include "../common/output.h"
#include "trace_report.h"
#include "trace_suggest.h"
#include "../common/users.h"
#include "../verbs.h"

struct options {
    const struct ck_trace_form *form;
    const char *output;
    pid_t pid;
    bool suggest;
    bool filter;
    char **command;
};

static int take(void *context, const struct ck_given *given)
{
    static const struct ck_trace_form *const forms[] = {&ck_trace_text, &ck_trace_json, &ck_trace_html};
    struct options *options = context;

    switch ((enum ck_trace_option)given->id) {
    case CK_TRACE_FORMAT:
        options->form = forms[given->word];
        return 0;
    case CK_TRACE_OUTPUT:
        options->output = given->value;
        return 0;
    case CK_TRACE_PID:
        return ck_number_take_pid("trace", given, &options->pid);
    case CK_TRACE_SUGGEST:
        options->suggest = true;
        return 0;
    case CK_TRACE_FILTER:
        options->filter = true;
        return 0;
    }
    return CK_EXIT_FAILED;
}

/* Returns whether it is to go on; else *ret_status is the exit status. */
static bool read_options(int argc, char *argv[], struct options *ret_options, int *ret_status)
{
    *ret_options = (struct options){.form = &ck_trace_text};
    if (!ck_options_read(&ck_trace_table, argc, argv, take, ret_options, ret_status))
        return false;
    ret_options->command = argv + optind;
    *ret_status = 0;
    if ((ret_options->command[0] == NULL) == (ret_options->pid == 0))
        *ret_status = ck_fail("trace", "give either a COMMAND or -p PID; see `capkeep trace --help`");
    else if (ret_options->pid != 0 && ret_options->filter)
        *ret_status =
            ck_fail("trace", "a process that runs already gets no filter: -p and --seccomp-bpf do not go together");
    return *ret_status == 0;
}

/* --- signals */

static volatile bool stop;
static volatile sig_atomic_t stop_signal;

/* One that comes just before the wait for the next event is missed there; the alarm interrupts it a moment later. */
static void on_stop(int signal)
{
    stop_signal = signal;
    stop = true;
    (void)alarm(1);
}

/* It interrupts the wait, for what is kept back or for `stop`, unless it comes just before: then the next one does. */
static void on_alarm(int signal)
{
    (void)signal; /* there is no other */
    (void)alarm(1);
}

/* What a terminal sends, and whether it was ignored when we were started. */
static struct {
    int signal;
    bool ignored;
} terminal[] = {{SIGINT, false}, {SIGQUIT, false}, {SIGTSTP, false}};

enum { TERMINAL_COUNT = sizeof(terminal) / sizeof(terminal[0]) };

/* Without SA_RESTART: waitpid returns. */
static void interrupt_by(int signal, void (*handler)(int signal))
{
    (void)sigaction(signal, &(struct sigaction){.sa_handler = handler}, NULL); /* it cannot fail */
}

static void end_by(int signal)
{
    interrupt_by(signal, on_stop);
}

/*
 * What a terminal sends goes to the command as well, which is for it to answer; we end when it does. To be ended by
 * itself, the trace is sent another signal: then it lets go. That whoever reads the output has gone, or its file is at its
 * limit (RLIMIT_FSIZE), is no reason to end: the command shall not notice, nor fail in the calls of a filter.
 */
static void set_signals(bool attached)
{
    (void)signal(SIGPIPE, SIG_IGN); /* none of these can fail */
    (void)signal(SIGXFSZ, SIG_IGN);
    end_by(SIGTERM);
    interrupt_by(SIGALRM, on_alarm);
    if (signal(SIGHUP, SIG_IGN) != SIG_IGN) /* nohup(1) */
        end_by(SIGHUP);
    for (size_t i = 0; i < TERMINAL_COUNT; i++) {
        terminal[i].ignored = signal(terminal[i].signal, SIG_IGN) == SIG_IGN;
        if (attached && !terminal[i].ignored)
            end_by(terminal[i].signal);
    }
}

/* The command has ended: what a terminal sends is for us alone now. `alive` processes are still followed. */
static void set_signals_for_rest(unsigned alive)
{
    for (size_t i = 0; i < TERMINAL_COUNT; i++) {
        if (!terminal[i].ignored)
            end_by(terminal[i].signal);
    }
    if (alive > 0 && isatty(STDERR_FILENO))
        fprintf(stderr,
                "capkeep: trace: the command has ended, and what it has left behind is followed; Ctrl-C ends that\n");
}

/* --- what is told */

struct teller {
    const struct options *options;
    FILE *out;
    pid_t command;  /* 0 where none was started */
    unsigned alive; /* processes that are followed */
    bool is_behind; /* a line is kept back, and the alarm is set for it */
    struct ck_trace_totals totals;
};

/* No alarm is to interrupt a write. One that was for `stop` is not needed: whoever has come here looks at it next. */
static void silence_alarm(struct teller *teller)
{
    if (teller->is_behind)
        (void)alarm(0);
    teller->is_behind = false;
}

static void catch_up(void *context)
{
    struct teller *teller = context;

    if (!teller->is_behind)
        return;
    silence_alarm(teller);
    teller->options->form->pause(teller->out);
    (void)fflush(teller->out); /* as below */
}

static void tell(void *context, const struct ck_trace_event *event)
{
    struct teller *teller = context;
    struct ck_trace_totals *totals = &teller->totals;

    totals->processes += event->kind == CK_TRACE_START;
    totals->execs += event->kind == CK_TRACE_EXEC;
    totals->changes += event->kind == CK_TRACE_CREDENTIAL || event->kind == CK_TRACE_CAPABILITY;
    totals->denials += event->kind == CK_TRACE_DENIED;
    totals->refusals += event->kind == CK_TRACE_REFUSED;
    teller->alive += event->kind == CK_TRACE_START;
    teller->alive -= event->kind == CK_TRACE_EXIT;
    silence_alarm(teller);
    bool is_behind = teller->options->form->event(teller->out, event);
    (void)fflush(teller->out); /* each is told when it happens; whether it could be is looked at in the end */
    teller->is_behind = is_behind;
    if (is_behind)
        (void)alarm(1);
    if (teller->options->suggest)
        ck_trace_suggest_note(event);
    if (event->kind == CK_TRACE_EXIT && event->pid == teller->command)
        set_signals_for_rest(teller->alive);
}

/* Ends as the command has ended; one that was killed is seen as killed by whoever waits for us. */
static int end_as(int status)
{
    struct rlimit no_core = {0, 0};
    sigset_t set;
    int signal;

    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    signal = WTERMSIG(status);
    (void)setrlimit(RLIMIT_CORE, &no_core);                                    /* the command has left its own */
    (void)sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL); /* SIGKILL has no other */
    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    (void)raise(signal);
    return 128 + signal;
}

/* --- the trace */

static bool set_up_output(const struct options *options, FILE *out)
{
    if (options->form == &ck_trace_html && isatty(fileno(out))) {
        (void)ck_fail("trace", "html is not for a terminal: -o FILE, and a browser");
        return false;
    }
    (void)setvbuf(out, NULL, _IOFBF, 1U << 16); /* each event in one piece; `tell` flushes */
    return true;
}

static int refuse_to_trace(const struct options *options, const struct ck_tracer *tracer, int error)
{
    char why[CK_HINDRANCE_SIZE];

    ck_hindrance_tell(tracer, error, why);
    return ck_fail("trace", "%s: %s", options->pid != 0 ? "attaching" : options->command[0], why);
}

/* Starts or attaches; from then on it is followed. Returns the pid or -errno. */
static pid_t begin(const struct options *options, struct ck_tracer *tracer)
{
    if (options->pid == 0)
        return ck_tracer_start(tracer, options->command);
    int result = ck_tracer_attach(tracer, options->pid);
    return result < 0 ? result : options->pid;
}

static void warn_of_unseen(const struct ck_session *session)
{
    unsigned count = ck_session_unseen_count(session);

    if (count == 0)
        return;
    fprintf(
        stderr,
        "capkeep: trace: warning: without CAP_SYS_PTRACE %u program%s of other users could not be looked at, and %s "
        "told by the name in the call: --cap-add=SYS_PTRACE of docker and podman\n",
        count, count == 1 ? "" : "s", count == 1 ? "is" : "are");
}

static void tell_end(struct teller *teller, const struct ck_session *session)
{
    char *suggestion = NULL;
    size_t size = 0;

    silence_alarm(teller);
    FILE *memory = teller->options->suggest ? open_memstream(&suggestion, &size) : NULL;

    if (memory != NULL) {
        ck_trace_suggest_print(memory, teller->options->command, ck_session_missed_some(session));
        (void)fclose(memory); /* without memory it is cut */
    }
    teller->options->form->end(teller->out, &teller->totals, suggestion);
    free(suggestion);
}

static int follow(struct teller *teller, struct ck_session *session, struct ck_tracer *tracer)
{
    const struct options *options = teller->options;
    ck_users_ask_nobody();
    options->form->begin(teller->out, options->command);
    pid_t pid = begin(options, tracer);
    if (pid < 0) {
        (void)ck_output_end("trace", options->output, teller->out); /* there is nothing to tell */
        return refuse_to_trace(options, tracer, -pid);
    }
    teller->command = options->pid == 0 ? pid : 0;
    set_signals(options->pid != 0);
    teller->totals.exact = ck_session_watch_denials(session, tracer, options->suggest) == 0;
    (void)ck_watch_load(options->filter || !teller->totals.exact); /* its tables are there already, this adds to them */
    ck_tracer_go(tracer);
    int status = ck_tracer_follow(tracer, &stop);
    tell_end(teller, session);
    warn_of_unseen(session);
    bool is_whole = ck_output_end("trace", options->output, teller->out);
    if (status >= 0)
        status = end_as(status);
    else
        status = stop_signal != 0 ? 128 + stop_signal : 0;
    /* What the command tells by its status is not hidden; but nobody is to take a trace with holes for a whole one. */
    return status == 0 && !is_whole ? CK_EXIT_FAILED : status;
}

int ck_verb_trace(int argc, char *argv[])
{
    struct options options;
    int status;

    if (!read_options(argc, argv, &options, &status))
        return status;
    struct teller teller = {.options = &options, .out = ck_output_open("trace", options.output, stderr)};
    if (teller.out == NULL)
        return CK_EXIT_FAILED;
    if (!set_up_output(&options, teller.out)) {
        if (options.output != NULL)
            (void)fclose(teller.out); /* nothing was written */
        return CK_EXIT_FAILED;
    }
    const struct ck_tracer_options tracer_options = {
        .filter = options.filter, .interrupted = catch_up, .interrupted_context = &teller};
    struct ck_session *session = ck_session_new((uint32_t)prctl(PR_GET_SECUREBITS), tell, &teller);
    struct ck_tracer *tracer = session != NULL ? ck_tracer_new(&tracer_options, &ck_session_listener, session) : NULL;
    if (tracer != NULL && ck_watch_load(options.filter) >= 0) {
        status = follow(&teller, session, tracer);
    } else {
        status = ck_fail("trace", "starting: %s", strerror(errno));
        (void)ck_output_end("trace", options.output, teller.out); /* as above */
    }
    ck_tracer_free(tracer);
    ck_session_free(session);
    return status;
}
