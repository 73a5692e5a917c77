#include "tracer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../proc/proc.h"

#define BUCKET_COUNT 512U

struct ck_tracer {
    struct ck_tracer_options options;
    const struct ck_listener *listener;
    void *context;
    struct ck_tracee *buckets[BUCKET_COUNT];
    unsigned count;
    unsigned waiting; /* of them, for their creators */
    pid_t command;    /* the first process of a command that was started, or 0 */
    int status;       /* of it, once it has ended */
    int gate;         /* what it waits at, or -1 */
    int resume;       /* PTRACE_SYSCALL, or PTRACE_CONT where a filter stops at the calls */
};

/* glibc's header has this as an enumeration of its own, the kernel's as macros; ptrace's prototype wants the first. */
static long trace(int request, pid_t tid, void *address, void *data)
{
    return ptrace((enum __ptrace_request)request, tid, address, data);
}

/* --- threads */

static struct ck_tracee **bucket_of(struct ck_tracer *tracer, pid_t tid)
{
    return &tracer->buckets[(unsigned)tid % BUCKET_COUNT];
}

struct ck_tracee *ck_tracer_find(struct ck_tracer *tracer, pid_t tid)
{
    struct ck_tracee *tracee = *bucket_of(tracer, tid);

    while (tracee != NULL && tracee->tid != tid)
        tracee = tracee->next;
    return tracee;
}

static struct ck_tracee *add(struct ck_tracer *tracer, pid_t tid)
{
    struct ck_tracee **bucket = bucket_of(tracer, tid);
    struct ck_tracee *tracee = calloc(1, sizeof(*tracee));

    if (tracee == NULL)
        return NULL;
    tracee->tid = tracee->pid = tid;
    tracee->next = *bucket;
    *bucket = tracee;
    tracer->count++;
    return tracee;
}

static void unlink_tracee(struct ck_tracer *tracer, const struct ck_tracee *tracee)
{
    struct ck_tracee **place = bucket_of(tracer, tracee->tid);

    while (*place != tracee)
        place = &(*place)->next;
    *place = tracee->next;
    tracer->count--;
}

/* The process of a thread, from the kernel; the thread itself where /proc does not tell. */
static pid_t read_pid(pid_t tid)
{
    struct ck_proc proc;

    return ck_proc_read(tid, &proc) == 0 ? proc.pid : tid;
}

static void start(struct ck_tracer *tracer, struct ck_tracee *tracee, struct ck_tracee *creator)
{
    if (tracee->started)
        return;
    tracee->started = true;
    if (tracer->listener->start != NULL)
        tracer->listener->start(tracer->context, tracee, creator);
}

/* --- going on */

/* ESRCH: killed meanwhile; its end will be reported. */
static void resume(const struct ck_tracer *tracer, pid_t tid, int signal)
{
    (void)trace(tracer->resume, tid, NULL, (void *)(intptr_t)signal);
}

/* Whether a shell may be waiting for us as for the command, and has to see that its job is stopped. */
static bool has_terminal(void)
{
    int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        (void)close(fd); /* nothing was done with it */
    return fd >= 0;
}

/* A stopped job is left stopped, until somebody continues it. */
static void go_on_after_stop(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    bool is_job = signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;

    if (!is_job) {
        resume(tracer, tracee->tid, 0);
        return;
    }
    (void)trace(PTRACE_LISTEN, tracee->tid, NULL, NULL); /* ESRCH: as above */
    if (tracee->tid == tracer->command && has_terminal())
        (void)kill(getpid(), SIGSTOP); /* our own process; the shell continues the two together */
}

/* --- threads that are heard of before those that have made them */

static void wait_for_creator(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    tracee->waits = true;
    tracee->wait_signal = signal;
    tracer->waiting++;
}

static void wait_no_longer(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    if (!tracee->waits)
        return;
    tracee->waits = false;
    tracer->waiting--;
    go_on_after_stop(tracer, tracee, tracee->wait_signal);
}

static bool has_process(struct ck_tracer *tracer, pid_t pid)
{
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        for (const struct ck_tracee *tracee = tracer->buckets[i]; tracee != NULL; tracee = tracee->next) {
            if (tracee->pid == pid)
                return true;
        }
    }
    return false;
}

/*
 * A thread that is killed in the middle of a clone is not heard of as a creator: at its end, what it may have made waits
 * no longer. Nor does what has a parent that is not followed (CLONE_PARENT): who has made that cannot be known.
 */
static void start_what_was_made_by(struct ck_tracer *tracer, struct ck_tracee *ended)
{
    for (size_t i = 0; i < BUCKET_COUNT && tracer->waiting > 0; i++) {
        for (struct ck_tracee *tracee = tracer->buckets[i]; tracee != NULL; tracee = tracee->next) {
            struct ck_proc proc;

            /* The analyser takes one that has been unlinked for still linked. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
            if (!tracee->waits || tracee == ended || ck_proc_read(tracee->tid, &proc) < 0)
                continue;
            pid_t maker = proc.pid != tracee->tid ? proc.pid : proc.ppid;
            if (maker != ended->pid && has_process(tracer, maker))
                continue;
            tracee->pid = proc.pid;
            start(tracer, tracee, maker == ended->pid ? ended : NULL);
            wait_no_longer(tracer, tracee);
        }
    }
}

/* It is heard of no more. `status` is as of waitpid(2), or -1 where it goes on without us or has ended unheard. */
static void end(struct ck_tracer *tracer, struct ck_tracee *tracee, int status)
{
    if (tracee->waits)
        tracer->waiting--;
    if (tracee->started) {
        start_what_was_made_by(tracer, tracee);
        if (tracer->listener->end != NULL)
            tracer->listener->end(tracer->context, tracee, status);
    }
    unlink_tracee(tracer, tracee);
    free(tracee);
}

static void handle(struct ck_tracer *tracer, pid_t tid, int status);

/* The end of a stop at which a listener was told something: what it has asked for, and what was met meanwhile. */
static void after_listener(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    pid_t tid = tracee->tid;

    if (tracee->has_left) {
        tracee->has_left = false;
        handle(tracer, tid, tracee->left_status);
        return;
    }
    if (tracee->release) {
        (void)trace(PTRACE_DETACH, tid, NULL, NULL); /* ESRCH: as above */
        end(tracer, tracee, -1);
        return;
    }
    resume(tracer, tid, 0);
    /* A stop of the job that was run through: if it still stands, the thread answers with it, and stays stopped. */
    if (tracee->check_stop)
        (void)trace(PTRACE_INTERRUPT, tid, NULL, NULL); /* as above */
    tracee->check_stop = false;
}

/* --- system calls */

static bool read_call(struct ck_tracee *tracee)
{
    struct __ptrace_syscall_info info;

    if (trace(PTRACE_GET_SYSCALL_INFO, tracee->tid, (void *)sizeof(info), &info) <= 0)
        return false;
    /* A stop at the end of a call whose beginning was not stopped at. */
    if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        tracee->in_call = false;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        tracee->number = (int64_t)info.entry.nr;
        memcpy(tracee->args, info.entry.args, sizeof(tracee->args));
    } else if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        tracee->number = (int64_t)info.seccomp.nr;
        memcpy(tracee->args, info.seccomp.args, sizeof(tracee->args));
    } else {
        return false;
    }
    tracee->arch = info.arch;
    tracee->is_32bit = (info.arch & __AUDIT_ARCH_64BIT) == 0;
    return true;
}

static void enter_call(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    tracee->in_call = true;
    tracee->call = NULL;
    if (!read_call(tracee))
        return;
    tracee->call = ck_watch_find(tracee->arch, (uint64_t)tracee->number);
    if (tracer->listener->arrive != NULL)
        tracer->listener->arrive(tracer->context, tracee);
    if (tracee->call != NULL && tracer->listener->entry != NULL)
        tracer->listener->entry(tracer->context, tracee);
}

int ck_tracer_result(const struct ck_tracee *tracee, int64_t *ret_result)
{
    struct __ptrace_syscall_info info;

    if (trace(PTRACE_GET_SYSCALL_INFO, tracee->tid, (void *)sizeof(info), &info) < 0)
        return -errno;
    if (info.op != PTRACE_SYSCALL_INFO_EXIT)
        return -EINVAL;
    *ret_result = info.exit.rval;
    return 0;
}

static void leave_call(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    tracee->in_call = false;
    if (tracer->listener->leave != NULL)
        tracer->listener->leave(tracer->context, tracee);
}

static void syscall_stop(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    if (tracee->in_call)
        leave_call(tracer, tracee);
    else
        enter_call(tracer, tracee);
    after_listener(tracer, tracee);
}

/* With a filter: the stop before a watched call; its end is asked for, the calls in between are not stopped at. */
static void seccomp_stop(struct ck_tracer *tracer, struct ck_tracee *tracee)
{
    enter_call(tracer, tracee);
    (void)trace(PTRACE_SYSCALL, tracee->tid, NULL, NULL); /* ESRCH: as above */
}

/* --- events */

/* PTRACE_EVENT_CLONE is a thread as a rule, the other two are a process always. */
static void created_stop(struct ck_tracer *tracer, struct ck_tracee *tracee, int event)
{
    unsigned long message = 0;
    struct ck_tracee *created;

    if (trace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &message) == 0 && message != 0) {
        created = ck_tracer_find(tracer, (pid_t)message);
        if (created == NULL)
            created = add(tracer, (pid_t)message);
        if (created != NULL) {
            created->pid = event == PTRACE_EVENT_CLONE ? read_pid(created->tid) : created->tid;
            start(tracer, created, tracee);
        }
        if (created != NULL)
            wait_no_longer(tracer, created);
    }
    resume(tracer, tracee->tid, 0);
}

/* An exec ends all other threads of the process, of some of them without a word (ptrace(2), "execve(2) under ptrace"). */
static void end_other_threads(struct ck_tracer *tracer, const struct ck_tracee *survivor)
{
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        for (struct ck_tracee *tracee = tracer->buckets[i], *next; tracee != NULL; tracee = next) {
            next = tracee->next;
            if (tracee != survivor && tracee->pid == survivor->pid)
                end(tracer, tracee, -1);
        }
    }
}

/* The thread that executes takes on the pid of its process; what is known of it moves along. */
static struct ck_tracee *take_on_pid(struct ck_tracer *tracer, struct ck_tracee *leader)
{
    unsigned long former = 0;
    struct ck_tracee *tracee;

    if (trace(PTRACE_GETEVENTMSG, leader->tid, NULL, &former) < 0 || former == 0 || (pid_t)former == leader->tid)
        return leader;
    tracee = ck_tracer_find(tracer, (pid_t)former);
    if (tracee == NULL)
        return leader;
    pid_t pid = leader->tid;
    end(tracer, leader, -1);
    unlink_tracee(tracer, tracee);
    tracee->tid = pid;
    tracee->next = *bucket_of(tracer, pid);
    *bucket_of(tracer, pid) = tracee;
    tracer->count++;
    return tracee;
}

static void exec_stop(struct ck_tracer *tracer, struct ck_tracee *leader)
{
    struct ck_tracee *tracee = take_on_pid(tracer, leader);

    end_other_threads(tracer, tracee);
    /* It has succeeded. With a filter nothing stops at the end of the call any more. */
    tracee->call = NULL;
    tracee->in_call = tracee->in_call && !tracer->options.filter;
    if (tracer->listener->exec != NULL)
        tracer->listener->exec(tracer->context, tracee);
    after_listener(tracer, tracee);
}

/* PTRACE_EVENT_STOP: the first stop of a new thread, the answer to PTRACE_INTERRUPT, or a stopped job. */
static void plain_stop(struct ck_tracer *tracer, struct ck_tracee *tracee, int signal)
{
    if (!tracee->started && !tracee->attached) {
        wait_for_creator(tracer, tracee, signal);
        return;
    }
    start(tracer, tracee, NULL);
    go_on_after_stop(tracer, tracee, signal);
}

static void ptrace_event(struct ck_tracer *tracer, struct ck_tracee *tracee, int event, int signal)
{
    switch (event) {
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        created_stop(tracer, tracee, event);
        return;
    case PTRACE_EVENT_EXEC:
        exec_stop(tracer, tracee);
        return;
    case PTRACE_EVENT_SECCOMP:
        seccomp_stop(tracer, tracee);
        return;
    case PTRACE_EVENT_STOP:
        plain_stop(tracer, tracee, signal);
        return;
    default:
        resume(tracer, tracee->tid, 0);
    }
}

static void handle(struct ck_tracer *tracer, pid_t tid, int status)
{
    struct ck_tracee *tracee = ck_tracer_find(tracer, tid);

    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        if (tid == tracer->command)
            tracer->status = status;
        if (tracee != NULL)
            end(tracer, tracee, status);
        return;
    }
    /* A new thread may be heard of before the one that has made it. */
    if (tracee == NULL)
        tracee = add(tracer, tid);
    if (tracee == NULL)
        return;
    int signal = WSTOPSIG(status);
    int event = status >> 16;
    if (event != 0)
        ptrace_event(tracer, tracee, event, signal);
    else if (signal == (SIGTRAP | 0x80))
        syscall_stop(tracer, tracee);
    else
        resume(tracer, tid, signal);
}

/* --- beginning and end */

static int seize(const struct ck_tracer *tracer, pid_t tid)
{
    long options =
        PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

    if (tracer->options.filter)
        options |= PTRACE_O_TRACESECCOMP;
    if (tracer->options.exit_kill)
        options |= PTRACE_O_EXITKILL;
    if (trace(PTRACE_SEIZE, tid, NULL, (void *)options) < 0)
        return -errno;
    return trace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 ? -errno : 0;
}

struct ck_tracer *ck_tracer_new(const struct ck_tracer_options *options, const struct ck_listener *listener,
                                void *context)
{
    struct ck_tracer *tracer = calloc(1, sizeof(*tracer));

    if (tracer == NULL)
        return NULL;
    tracer->options = *options;
    tracer->listener = listener;
    tracer->context = context;
    tracer->status = tracer->gate = -1;
    tracer->resume = options->filter ? PTRACE_CONT : PTRACE_SYSCALL;
    return tracer;
}

void ck_tracer_free(struct ck_tracer *tracer)
{
    if (tracer != NULL && tracer->gate >= 0)
        (void)close(tracer->gate); /* the command never starts */
    free(tracer);
}

/* In the child: waits until it is traced, then becomes the command. */
static void become_command(const struct ck_tracer *tracer, int gate, char *const argv[])
{
    char go;
    int result;

    /* Nothing to read, and the writing end gone: then it is on its own, and so not to run. */
    if (read(gate, &go, 1) != 1)
        _exit(125);
    result = tracer->options.filter ? ck_watch_install_filter() : 0;
    if (result < 0) {
        fprintf(stderr, "capkeep: the filter cannot be installed: %s\n", strerror(-result));
        _exit(125);
    }
    execvp(argv[0], argv);
    result = errno;
    fprintf(stderr, "capkeep: %s: %s\n", argv[0], strerror(result));
    _exit(result == ENOENT ? 127 : 126);
}

pid_t ck_tracer_start(struct ck_tracer *tracer, char *const argv[])
{
    int gate[2];
    int status;

    if (pipe2(gate, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(gate[1]);
        become_command(tracer, gate[0], argv);
    }
    (void)close(gate[0]);
    int result = pid < 0 ? -errno : seize(tracer, pid);
    /* Its answer to PTRACE_INTERRUPT, before it is let through the gate: from here on no call is missed. */
    if (result == 0 && waitpid(pid, &status, __WALL) < 0)
        result = -errno;
    struct ck_tracee *tracee = result == 0 ? add(tracer, pid) : NULL;
    if (tracee != NULL) {
        tracer->command = pid;
        start(tracer, tracee, NULL);
        handle(tracer, pid, status);
        tracer->gate = gate[1];
        return pid;
    }
    (void)close(gate[1]);
    return result < 0 ? result : -ENOMEM;
}

void ck_tracer_go(struct ck_tracer *tracer)
{
    if (tracer->gate < 0)
        return;
    /* If it has been killed meanwhile, nobody reads this, and its end is about to be heard of. */
    (void)!write(tracer->gate, "", 1);
    (void)close(tracer->gate);
    tracer->gate = -1;
}

/* One round over the threads that there are; returns how many of them were new, or -errno. */
static int attach_round(struct ck_tracer *tracer, pid_t pid, DIR *tasks)
{
    int new = 0;

    rewinddir(tasks);
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        int result;

        if (tid <= 0 || ck_tracer_find(tracer, tid) != NULL)
            continue;
        result = seize(tracer, tid);
        /* A thread may end meanwhile; one that is traced already by ourselves is the clone of another. */
        if (result < 0 && tid == pid)
            return result;
        struct ck_tracee *tracee = result == 0 ? add(tracer, tid) : NULL;
        if (tracee == NULL)
            continue;
        tracee->pid = pid;
        tracee->attached = true;
        new ++;
    }
    return new;
}

int ck_tracer_attach(struct ck_tracer *tracer, pid_t pid)
{
    char path[64];
    int new;

    (void)snprintf(path, sizeof(path), "/proc/%d/task", pid); /* it fits */
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return errno == ENOENT ? -ESRCH : -errno;
    /* Until no thread is left that could have made one unseen. */
    do {
        new = attach_round(tracer, pid, tasks);
    } while (new > 0);
    (void)closedir(tasks);
    return new;
}

/* --- letting go */

/* What it has been stopped for goes on: a signal is delivered, a stopped job stays stopped (the kernel sees to that). */
static void let_go(struct ck_tracer *tracer, struct ck_tracee *tracee, int status)
{
    bool is_signal = status >> 16 == 0 && WSTOPSIG(status) != (SIGTRAP | 0x80);

    (void)trace(PTRACE_DETACH, tracee->tid, NULL, (void *)(intptr_t)(is_signal ? WSTOPSIG(status) : 0)); /* as above */
    end(tracer, tracee, -1);
}

/* What is made or becomes another thread in the last moment is let go as well. */
static void let_go_at_stop(struct ck_tracer *tracer, pid_t tid, int status)
{
    struct ck_tracee *tracee = ck_tracer_find(tracer, tid);
    int event = status >> 16;
    unsigned long message = 0;

    if (tracee == NULL)
        tracee = add(tracer, tid);
    if (tracee == NULL)
        return;
    if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
        if (trace(PTRACE_GETEVENTMSG, tracee->tid, NULL, &message) == 0 && message != 0 &&
            ck_tracer_find(tracer, (pid_t)message) == NULL)
            (void)add(tracer, (pid_t)message); /* without memory it is let go when we end */
    } else if (event == PTRACE_EVENT_EXEC) {
        tracee = take_on_pid(tracer, tracee);
        end_other_threads(tracer, tracee);
    }
    let_go(tracer, tracee, status);
}

static void ask_all_to_stop(struct ck_tracer *tracer)
{
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        for (struct ck_tracee *tracee = tracer->buckets[i], *next; tracee != NULL; tracee = next) {
            next = tracee->next;
            if (tracee->waits)
                let_go(tracer, tracee, PTRACE_EVENT_STOP << 16 | SIGTRAP << 8); /* the stop that it is in */
            else if (trace(PTRACE_INTERRUPT, tracee->tid, NULL, NULL) < 0)
                end(tracer, tracee, -1); /* it is gone, and nothing will be heard of it */
        }
    }
}

/*
 * Each is asked to stop, and detached as it does. All are waited for at once, as one may wait for another: a parent in
 * vfork stops when its child has been let go. One that does not stop even then is let go by the kernel when we end; a
 * second signal makes us do so.
 */
static void let_all_go(struct ck_tracer *tracer)
{
    int patience = 2;

    ask_all_to_stop(tracer);
    while (tracer->count > 0 && patience > 0) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);

        if (tid < 0 && errno != EINTR)
            return;
        if (tid < 0)
            patience--;
        else if (WIFSTOPPED(status))
            let_go_at_stop(tracer, tid, status);
        else
            handle(tracer, tid, status);
    }
}

/*
 * The next stop, which mostly comes at once: to fall asleep and be woken takes longer than the few microseconds until
 * then. To yield costs nothing where a processor is free, and lets what is traced go on where there is none.
 */
static pid_t wait_for_stop(int *ret_status)
{
    for (int i = 0; i < 100; i++) {
        pid_t tid = waitpid(-1, ret_status, __WALL | WNOHANG);
        if (tid != 0)
            return tid;
        (void)sched_yield(); /* it cannot fail */
    }
    return waitpid(-1, ret_status, __WALL);
}

int ck_tracer_follow(struct ck_tracer *tracer, const volatile bool *stop)
{
    int status;

    while (tracer->count > 0 && !*stop) {
        pid_t tid = wait_for_stop(&status);
        if (tid > 0)
            handle(tracer, tid, status);
        else if (errno != EINTR)
            break;
    }
    let_all_go(tracer);
    return tracer->status;
}
