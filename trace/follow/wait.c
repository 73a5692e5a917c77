/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "wait.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* In the order in which they came. */
static struct {
    struct kept {
        pid_t tid;
        int status;
    } *first;
    size_t count;
    size_t room;
} kept;

static bool make_room(void)
{
    size_t room = kept.room == 0 ? 64 : 2 * kept.room;
    struct kept *more;

    if (kept.count < kept.room)
        return true;
    more = realloc(kept.first, room * sizeof(*more));
    if (more == NULL)
        return false;
    kept.first = more;
    kept.room = room;
    return true;
}

static void take_out(size_t at, pid_t *ret_tid, int *ret_status)
{
    *ret_tid = kept.first[at].tid;
    *ret_status = kept.first[at].status;
    kept.count--;
    memmove(&kept.first[at], &kept.first[at + 1], (kept.count - at) * sizeof(kept.first[0]));
}

/* Returns kept.count where there is none. */
static size_t find(pid_t tid)
{
    size_t at = 0;

    while (at < kept.count && kept.first[at].tid != tid)
        at++;
    return at;
}

/* A thread that stands still is told of again only when it has been killed: its stop is of no use any more. */
static void forget_stop(pid_t tid)
{
    size_t at = find(tid);
    int status;

    if (at < kept.count && WIFSTOPPED(kept.first[at].status))
        take_out(at, &tid, &status);
}

void ck_wait_keep(pid_t tid, int status)
{
    forget_stop(tid);
    if (make_room())
        kept.first[kept.count++] = (struct kept){tid, status};
    else if (WIFSTOPPED(status))
        (void)ptrace(PTRACE_DETACH, tid, NULL, NULL); /* better on its own than stopped for ever */
}

/*
 * The next stop mostly comes at once: to fall asleep and be woken takes longer than the few microseconds until then. To
 * yield costs nothing where a processor is free, and lets what is traced go on where there is none.
 */
static pid_t wait_a_moment(pid_t tid, int *ret_status)
{
    for (int i = 0; i < 100; i++) {
        pid_t found = waitpid(tid, ret_status, __WALL | WNOHANG);
        if (found != 0)
            return found;
        (void)sched_yield(); /* it cannot fail */
    }
    return 0;
}

/*
 * The kernel tells of the first in its list that has something to tell: one that makes calls without pause (a futex, in
 * vain, as the thread that it wakes stands still) would keep the others waiting for ever. So from time to time all that
 * stand still are kept, and each has its turn.
 */
static void keep_all(void)
{
    int status;
    pid_t tid;

    while ((tid = waitpid(-1, &status, __WALL | WNOHANG)) > 0)
        ck_wait_keep(tid, status);
}

pid_t ck_wait_for_any(int *ret_status)
{
    static unsigned count;
    const unsigned from_time_to_time = 8;
    pid_t tid;

    if (kept.count == 0 && ++count % from_time_to_time == 0)
        keep_all();
    if (kept.count > 0) {
        take_out(0, &tid, ret_status);
        return tid;
    }
    tid = wait_a_moment(-1, ret_status);
    return tid != 0 ? tid : waitpid(-1, ret_status, __WALL);
}

int ck_wait_for_one(pid_t tid, int *ret_status)
{
    size_t at = find(tid);
    pid_t found;

    if (at < kept.count) {
        take_out(at, &tid, ret_status);
        return 0;
    }
    for (;;) {
        found = wait_a_moment(tid, ret_status);
        if (found == 0)
            found = waitpid(-1, ret_status, __WALL);
        if (found == tid)
            return 0;
        if (found > 0)
            ck_wait_keep(found, *ret_status);
        else if (errno != EINTR)
            return -errno;
    }
}
