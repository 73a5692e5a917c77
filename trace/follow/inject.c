/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inject.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "untraced.h"
#include "wait.h"

/* The kernel's sigset_t: a bit a signal. */
static int get_mask(pid_t tid, uint64_t *ret_mask)
{
    return ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof(*ret_mask), ret_mask) < 0 ? -errno : 0;
}

static int set_mask(pid_t tid, uint64_t mask)
{
    return ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof(mask), &mask) < 0 ? -errno : 0;
}

/* It may have been killed since it stopped, and be another one by now that has executed and stands at its exec. */
static int check_stop(const struct ck_tracee *tracee, bool at_entry)
{
    struct __ptrace_syscall_info info;

    if (tracee->has_left)
        return -ESRCH;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tracee->tid, (void *)sizeof(info), &info) < 0)
        return -errno;
    return info.op == (at_entry ? PTRACE_SYSCALL_INFO_ENTRY : PTRACE_SYSCALL_INFO_EXIT) ? 0 : -ESRCH;
}

int ck_inject_begin(struct ck_tracee *tracee, bool at_entry, struct ck_injection *ret_injection)
{
    struct ck_injection injection = {.tracee = tracee, .at_entry = at_entry};
    int result = check_stop(tracee, at_entry);

    if (result == 0)
        result = ck_registers_read(tracee->tid, &injection.saved);
    if (result == 0)
        result = get_mask(tracee->tid, &injection.saved_mask);
    if (result == 0)
        result = set_mask(tracee->tid, UINT64_MAX);
    if (result == 0)
        *ret_injection = injection;
    return result;
}

/*
 * Runs to the next stop at a system call. Of signals only SIGSTOP cannot be blocked: it is delivered, and the stop of the
 * job that follows, or that another thread began, is run through; whether it still stands is asked afterwards. Anything
 * else is the thread's end, or its process's exec by another thread: that is left to the tracer.
 */
static void run_to_call(struct ck_injection *injection)
{
    struct ck_tracee *tracee = injection->tracee;
    int signal = 0;
    int status = 0;

    for (;;) {
        if (ptrace(PTRACE_SYSCALL, tracee->tid, NULL, (void *)(intptr_t)signal) < 0 ||
            ck_wait_for_one(tracee->tid, &status) < 0)
            break;
        int event = WIFSTOPPED(status) ? status >> 16 : -1;
        signal = 0;
        if (event == 0 && WSTOPSIG(status) == (SIGTRAP | 0x80))
            return;
        if (event == 0)
            signal = WSTOPSIG(status);
        else if (event == PTRACE_EVENT_STOP)
            tracee->check_stop = true;
        else {
            ck_wait_keep(tracee->tid, status);
            tracee->has_left = true;
            break;
        }
    }
    injection->is_gone = true;
}

static void write_registers(struct ck_injection *injection, const struct ck_registers *registers)
{
    injection->is_gone |= ck_registers_write(injection->tracee->tid, registers) < 0;
}

int64_t ck_inject_call(struct ck_injection *injection, const char *name, const uint64_t args[6])
{
    const struct ck_tracee *tracee = injection->tracee;
    struct ck_registers registers = injection->saved;
    uint64_t number = (uint64_t)(int64_t)ck_watch_number(tracee->arch, name);
    int64_t result = -ESRCH;

    ck_registers_replace(&registers, tracee->is_32bit, number, args);
    /* The first one takes the place of the thread's own call, at whose entry it stands. */
    bool in_place = injection->at_entry && !injection->has_called;
    if (!in_place)
        ck_registers_rewind(&registers, number);
    else if (number == UINT64_MAX)
        ck_registers_set_result(&registers, -ENOSYS); /* arm64 would return the first argument (el0_svc_common) */
    injection->has_called = true;
    write_registers(injection, &registers);
    if (!in_place && !injection->is_gone)
        run_to_call(injection);
    if (!injection->is_gone)
        run_to_call(injection);
    if (!injection->is_gone && ck_tracer_result(tracee, &result) < 0)
        injection->is_gone = true;
    return injection->is_gone ? -ESRCH : result;
}

/* Puts the mask back; the thread's signals come in after this. */
static void finish(struct ck_injection *injection)
{
    if (!injection->is_gone)
        (void)set_mask(injection->tracee->tid, injection->saved_mask); /* it fails where the thread was killed */
}

void ck_inject_end_at_entry(struct ck_injection *injection)
{
    struct ck_registers registers = injection->saved;

    if (injection->has_called && !injection->is_gone) {
        ck_registers_rewind(&registers, (uint64_t)injection->tracee->number);
        write_registers(injection, &registers);
        run_to_call(injection);
    }
    finish(injection);
}

void ck_inject_end_again(struct ck_injection *injection)
{
    struct ck_tracee *tracee = injection->tracee;
    struct ck_registers registers = injection->saved;

    if (!injection->is_gone) {
        ck_registers_replace(&registers, tracee->is_32bit, (uint64_t)tracee->number, tracee->args);
        ck_registers_rewind(&registers, (uint64_t)tracee->number);
        write_registers(injection, &registers);
        run_to_call(injection);
    }
    tracee->in_call = !injection->is_gone;
    if (tracee->in_call && tracee->call != NULL && tracee->call->kind == CK_WATCH_CLONE)
        ck_untraced_clear(tracee); /* as at any entry */
    finish(injection);
}

void ck_inject_end_instead(struct ck_injection *injection, int64_t result)
{
    static const uint64_t no_args[6];
    struct ck_registers registers = injection->saved;

    /* At the entry a call has to be made; there is none with this number, so it does nothing. */
    if (!injection->has_called)
        (void)ck_inject_call(injection, "", no_args); /* -ENOSYS */
    ck_registers_set_result(&registers, result);
    if (!injection->is_gone)
        write_registers(injection, &registers);
    injection->tracee->in_call = false;
    finish(injection);
}

void ck_inject_end(struct ck_injection *injection)
{
    /* A call that does nothing takes the first argument back to where the kernel keeps it. */
    if (injection->has_called && !injection->is_gone && ck_registers_hide_argument(&injection->saved))
        (void)ck_inject_call(injection, "", injection->tracee->args); /* -ENOSYS */
    if (injection->has_called && !injection->is_gone)
        write_registers(injection, &injection->saved);
    finish(injection);
}
