/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_watch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../../trace/proc/proc.h"
#include "../common/exit.h"
#include "learn_observe.h"

/* --- its end */

static void on_signal(int signal)
{
    (void)signal; /* its number is of no use: the end is the same */
    ck_learn_observe_stop();
}

static void set_signals(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
        if (signal(ending[i], SIG_IGN) != SIG_IGN)                                          /* nohup(1) */
            (void)sigaction(ending[i], &(struct sigaction){.sa_handler = on_signal}, NULL); /* it cannot fail */
    }
}

/* --- what it is */

/* Returns 0 or -errno. */
static int look(struct ck_learn_watched *watched)
{
    static struct ck_proc proc;
    char **command;
    int result = ck_proc_read(watched->pid, &proc);

    if (result < 0)
        return result;
    if (ck_proc_read_words(watched->pid, "cmdline", &command) >= 0)
        watched->command = command; /* as long as the process */
    watched->uid = proc.thread.uids.effective;
    watched->held_mask = proc.thread.caps.permitted;
    ck_proc_read_exe(watched->pid, watched->program, sizeof(watched->program));
    return 0;
}

int ck_learn_watch(const struct ck_learn_options *options, struct ck_learn_watched *ret_watched)
{
    static char *no_words[] = {NULL};
    struct ck_learn_report *report = ck_learn_report_new();

    *ret_watched = (struct ck_learn_watched){.pid = options->pid, .command = no_words, .report = report};
    int result = look(ret_watched);
    if (result < 0)
        return ck_fail("learn", "process %d: %s", (int)options->pid,
                       result == -ENOENT ? "no such process" : strerror(-result));
    struct ck_learn_observer *observer = ck_learn_observe(options->pid, CK_LEARN_RUNNING, 0, report);
    if (observer == NULL)
        return ck_fail("learn", "attaching to process %d: %s", (int)options->pid, report->hindrance);
    set_signals();
    ret_watched->seconds = (double)ck_learn_follow(observer, options->stop_after) / 1000;
    ret_watched->has_ended = report->has_ended;
    if (!report->has_ended)
        (void)look(ret_watched); /* gone meanwhile, it had what it had */
    return 0;
}

uint64_t ck_learn_watch_unused(const struct ck_learn_watched *watched)
{
    const struct ck_learn_seen *seen = &watched->report->seen;

    return seen->is_exact ? watched->held_mask & ~seen->granted_mask : 0;
}
