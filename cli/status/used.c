/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "used.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../../shim/core/capset.h"
#include "../../trace/tell/denials.h"
#include "../common/clock.h"

/* How often the rings are emptied. */
#define DRAIN_MS 50

/* The kernel's limit on process ids (PID_MAX_LIMIT). A mask for each is memory only where one is written. */
#define PIDS_MAX (4U << 20)

struct ck_used {
    uint64_t *masks; /* by process id */
    bool has_lost;
};

static volatile sig_atomic_t is_over;

static void on_signal(int signal)
{
    (void)signal; /* whichever it is: it is enough */
    is_over = 1;
}

static void note(void *context, const struct ck_check *check)
{
    struct ck_used *used = context;

    if (check->granted && !check->foreign && check->pid > 0 && (unsigned)check->pid < PIDS_MAX &&
        check->cap < CK_CAPS_MAX)
        used->masks[check->pid] |= ck_cap_bit(check->cap);
}

/* That a signal comes just before the wait delays the end by a moment. */
static void watch(struct ck_used *used, struct ck_denials *denials, int64_t duration)
{
    int64_t deadline = ck_clock_ms() + duration;

    (void)sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL); /* neither can fail */
    (void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    while (is_over == 0 && ck_clock_ms() < deadline) {
        (void)poll(NULL, 0, DRAIN_MS); /* EINTR: as good as the time */
        (void)ck_denials_drain(denials, note, used);
    }
    used->has_lost = ck_denials_lost(denials) > 0;
}

int ck_used_watch(int64_t duration, struct ck_used **ret_used)
{
    struct ck_used *used = calloc(1, sizeof(*used));
    size_t size = PIDS_MAX * sizeof(*used->masks);
    struct ck_denials *denials = NULL;

    if (used == NULL)
        return -ENOMEM;
    used->masks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    int result = used->masks != MAP_FAILED ? ck_denials_open(true, &denials) : -errno;
    if (result == 0) {
        watch(used, denials, duration);
        ck_denials_close(denials);
        *ret_used = used; /* as long as the process */
        return 0;
    }
    if (used->masks != MAP_FAILED)
        (void)munmap(used->masks, size); /* it was ours a moment ago */
    free(used);
    return result;
}

uint64_t ck_used_mask(const struct ck_used *used, pid_t pid)
{
    return pid > 0 && (unsigned)pid < PIDS_MAX ? used->masks[pid] : 0;
}

bool ck_used_missed_some(const struct ck_used *used)
{
    return used->has_lost;
}
