/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_watch.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../../shim/core/capset.h"
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

/* The words of /proc/PID/cmdline; as long as the process. */
static char **read_command(pid_t pid)
{
    static char text[65536];
    static char *words[4097];
    char path[64];
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid); /* it fits */
    FILE *file = fopen(path, "re");
    size_t length = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file != NULL)
        (void)fclose(file); /* read only: nothing is lost with it */
    for (size_t at = 0; at < length && count < sizeof(words) / sizeof(words[0]) - 1; at += strlen(text + at) + 1)
        words[count++] = text + at;
    words[count] = NULL;
    return words;
}

/* Returns 0 or -errno. */
static int look(struct ck_learn_watched *watched)
{
    static struct ck_proc proc;
    int result = ck_proc_read(watched->pid, &proc);

    if (result < 0)
        return result;
    watched->command = read_command(watched->pid);
    watched->uid = proc.thread.uids.effective;
    watched->held_mask = proc.thread.caps.permitted;
    ck_proc_read_exe(watched->pid, watched->program, sizeof(watched->program));
    return 0;
}

int ck_learn_watch(const struct ck_learn_options *options, struct ck_learn_watched *ret_watched)
{
    struct ck_learn_report *report = ck_learn_report_new();

    *ret_watched = (struct ck_learn_watched){.pid = options->pid, .report = report};
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
