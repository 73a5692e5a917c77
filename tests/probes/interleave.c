/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * interleave --library FILE [--threads] [--long] [--policy NAME] [--outer NAME] [--inner NAME] [--point N]
 *   [--patience SECONDS] [--verbose] | --list:
 * a signal comes in the middle of an operation. A tracer stops a launcher, which the library is preloaded into, at the entry
 * and at the exit of every system call of the outer operation in turn, and sends it a signal there, whose handler does the
 * inner operation. What comes of it has to be what comes of the two one after the other, in one order or the other; and
 * some things hold always (interleave_judge.c).
 *
 * With --threads the inner operation is another thread's: the first one is held at its stop, and the other one runs until it
 * is done or waits for the first. By chance there is nothing: each point is a stop of the tracer's.
 *
 * --long takes all policies with all operations. Without it the policies that differ in what is kept alone are taken with
 * some of the inner operations, and with --threads three policies. --library none is the run without a library, in which
 * everything must hold as well.
 *
 * Exit status: 0 all hold, 1 some do not, 77 it cannot run here (the reason is the last line).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interleave_judge.h"
#include "interleave_perform.h"
#include "interleave_trace.h"

enum { TALLY_FD = 201, POINTS_MAX = 2000, CANNOT_RUN = 77, JOBS_MAX = 16, ANY = -1 };

struct options {
    const char *library;
    const char *policy;
    const char *outer;
    const char *inner;
    long point;
    bool all;
    bool threads;
    bool verbose;
};

/* Shared by the driver and its workers. */
static struct tally {
    _Atomic uint64_t cases;
    _Atomic uint64_t kinds[KIND_COUNT];
    _Atomic uint64_t jumped_kinds[KIND_COUNT]; /* of those, after a jump out of the handler */
} *tally;

static struct interleave_record *record;

/* Seconds after which a case hangs: an emulated machine may stand still for some. */
static long patience_seconds = 200;

static void fail(const char *what)
{
    fprintf(stderr, "interleave: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void *share(int fd, const char *name, size_t size)
{
    int made = memfd_create(name, 0);

    if (made < 0 || ftruncate(made, (off_t)size) < 0 || dup2(made, fd) < 0)
        fail(name);
    close(made);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        fail(name);
    return memory;
}

/* --- a worker: has the library in it, and forks what it traces */

static volatile pid_t running;
static volatile sig_atomic_t out_of_patience;

static void on_alarm(int signal)
{
    (void)signal; /* SIGALRM */
    out_of_patience = 1;
    if (running > 0)
        (void)kill(-running, SIGKILL);
}

/* Returns whether it came to the point; for an order, always. What came of it is in the record. */
static bool run_once(const struct interleave_case *the_case, const struct interleave_order *order,
                     struct interleave_point *point)
{
    const struct itimerval patience = {.it_value = {.tv_sec = patience_seconds}};
    const struct itimerval none = {0};
    bool reached = true;
    int status = -1;

    memset((void *)record, 0, sizeof(*record));
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        (void)setpgid(0, 0);
        interleave_perform(the_case, order);
    }
    (void)setpgid(pid, pid);
    running = pid;
    out_of_patience = 0;
    setitimer(ITIMER_REAL, &patience, NULL);
    if (order->behind[0] == BEHIND_TRACED)
        reached = (the_case->by_thread ? interleave_trace_threads : interleave_trace)(pid, record, point, &status);
    while (status == -1 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    /* The children of a process that has ended are ours; they end by themselves, or with the patience. */
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
    setitimer(ITIMER_REAL, &none, NULL);
    running = 0;
    record->ended = (uint64_t)(unsigned)status;
    record->hung = (uint64_t)out_of_patience;
    return reached || out_of_patience;
}

static void tell(const struct interleave_case *the_case, const char *where, enum interleave_kind kind,
                 const char *detail)
{
    atomic_fetch_add(&tally->cases, 1);
    atomic_fetch_add(&tally->kinds[kind], 1);
    if (record->jumped != 0)
        atomic_fetch_add(&tally->jumped_kinds[kind], 1);
    if (kind != KIND_HOLDS)
        printf("%s%s: %s--policy %s --outer %s --inner %s %s: %s\n", interleave_kinds[kind],
               record->jumped != 0 ? " (after a jump)" : "", the_case->by_thread ? "--threads " : "",
               the_case->policy->name, interleave_outers[the_case->outer].name, interleave_inners[the_case->inner],
               where, detail);
}

static void run_order(const struct interleave_case *the_case, const struct interleave_order *order, bool verbose)
{
    char detail[INTERLEAVE_DETAIL_MAX];
    char where[64];

    (void)run_once(the_case, order, NULL);
    enum interleave_kind kind = interleave_judge_alone(the_case, record, detail);
    (void)snprintf(where, sizeof(where), "behind %d, %d outer calls", order->behind[0], order->behind[1]);
    if (kind != KIND_HOLDS)
        tell(the_case, where, kind, detail);
    if (verbose) {
        printf("  %s:\n", where);
        interleave_print_record(record);
    }
}

/* Every one that is possible. A thread may also be too late: the process is another program by then. */
static size_t run_orders(const struct interleave_case *the_case, struct interleave_record *orders, bool verbose)
{
    const struct interleave_outer_row *row = &interleave_outers[the_case->outer];
    int inner_steps = the_case->by_thread ? interleave_inner_steps(the_case->inner) : 1;
    struct interleave_order order;
    size_t count = 0;

    for (order.behind[0] = 0; order.behind[0] <= row->steps; order.behind[0]++) {
        for (order.behind[1] = order.behind[0]; order.behind[1] <= row->steps; order.behind[1]++) {
            run_order(the_case, &order, verbose);
            orders[count++] = *record;
            if (inner_steps == 1)
                break;
        }
    }
    for (int i = inner_steps - 1; i >= 0 && the_case->by_thread && row->replaces; i--) {
        order = (struct interleave_order){{i == 0 ? BEHIND_NEVER : 0, BEHIND_NEVER}};
        run_order(the_case, &order, verbose);
        orders[count++] = *record;
    }
    return count;
}

static void run_points(const struct options *options, const struct interleave_case *the_case)
{
    const struct interleave_order traced = {{BEHIND_TRACED, BEHIND_TRACED}};
    struct interleave_record orders[INTERLEAVE_ORDERS_MAX];
    size_t count = run_orders(the_case, orders, options->verbose);
    unsigned first = options->point >= 0 ? (unsigned)options->point : 0;
    unsigned last = options->point >= 0 ? first : POINTS_MAX;

    for (unsigned number = first; number <= last; number++) {
        struct interleave_point point = {.number = number};
        char detail[INTERLEAVE_DETAIL_MAX];
        char where[96];

        if (!run_once(the_case, &traced, &point))
            return;
        (void)snprintf(where, sizeof(where), "--point %u (%s of system call %ld)", number,
                       point.at_entry ? "entry" : "exit", point.call);
        enum interleave_kind kind = interleave_judge(the_case, record, orders, count, detail);
        tell(the_case, where, kind, detail);
        if (options->verbose) {
            printf("  %s: %s\n", where, interleave_kinds[kind]);
            interleave_print_record(record);
        }
    }
}

/* Without --long: what differs most, so that the whole takes a minute or two. */
static bool is_in_short(const struct interleave_case *the_case)
{
    switch (the_case->inner) {
    case INNER_DROP:
    case INNER_BACK:
    case INNER_EXEC:
        return !the_case->by_thread || the_case->policy->is_in_threads;
    case INNER_FORK_DROP:
        return the_case->by_thread ? the_case->policy->is_in_threads : the_case->policy->is_in_short;
    case INNER_FORK_ON:
    case INNER_DROP_JUMP:
        return !the_case->by_thread; /* which they make no sense for */
    default:
        return !the_case->by_thread && the_case->policy->is_in_short;
    }
}

static bool is_wanted(const struct options *options, const struct interleave_case *the_case)
{
    if (options->inner != NULL)
        return strcmp(options->inner, interleave_inners[the_case->inner]) == 0;
    return options->all || is_in_short(the_case);
}

static void work(const struct options *options, const char *directory)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct interleave_case the_case = {.by_thread = options->threads};

    tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED, TALLY_FD, 0);
    if (tally == MAP_FAILED || sigaction(SIGALRM, &action, NULL) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        fail("worker");
    record = share(INTERLEAVE_RECORD_FD, "record", sizeof(*record));
    interleave_perform_prepare(directory, record);
    for (unsigned i = 0; i < interleave_policy_count; i++) {
        if (strcmp(interleave_policies[i].name, options->policy) == 0)
            the_case.policy = &interleave_policies[i];
    }
    for (int outer = 0; outer < OUTER_COUNT; outer++) {
        if (strcmp(interleave_outers[outer].name, options->outer) == 0)
            the_case.outer = (enum interleave_outer)outer;
    }
    for (int inner = 0; inner < INNER_COUNT; inner++) {
        the_case.inner = (enum interleave_inner)inner;
        if (interleave_makes_sense(&the_case) && is_wanted(options, &the_case))
            run_points(options, &the_case);
    }
    fflush(stdout);
}

/* --- the driver: a worker for each policy and outer operation, some at a time */

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    ssize_t length;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);

    if (in < 0 || out < 0)
        fail(from);
    while ((length = read(in, buffer, sizeof(buffer))) > 0) {
        if (write(out, buffer, (size_t)length) != length)
            fail(to);
    }
    close(in);
    close(out);
}

static void make_programs(const char *directory)
{
    char self[PATH_MAX];
    char from[PATH_MAX + 32];
    char to[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length <= 0)
        fail("/proc/self/exe");
    self[length] = '\0';
    (void)snprintf(from, sizeof(from), "%.*s_report", (int)length, self);
    for (const char *name = "ab"; *name != '\0'; name++) {
        (void)snprintf(to, sizeof(to), "%s/%c", directory, *name);
        copy_file(from, to);
    }
}

static void remove_programs(const char *directory)
{
    char path[PATH_MAX];

    for (const char *name = "ab"; *name != '\0'; name++) {
        (void)snprintf(path, sizeof(path), "%s/%c", directory, *name);
        unlink(path);
    }
    rmdir(directory);
}

static void start_worker(const struct options *options, const struct interleave_policy *policy, const char *outer,
                         const char *directory)
{
    char text[POLICY_VARIABLES_MAX][PATH_MAX];
    char preload[PATH_MAX + 16];
    char point[32];
    char patience[32];
    const char *environment[POLICY_VARIABLES_MAX + 5] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "INTERLEAVE=1"};
    const char *argv[] = {"interleave",
                          "--worker",
                          directory,
                          "--policy",
                          policy->name,
                          "--outer",
                          outer,
                          "--point",
                          point,
                          "--patience",
                          patience,
                          options->all ? "--long" : "--short",
                          options->verbose ? "--verbose" : "--terse",
                          options->threads ? "--threads" : "--terse",
                          options->inner != NULL ? "--inner" : NULL,
                          options->inner,
                          NULL};
    size_t count = 2;

    (void)snprintf(point, sizeof(point), "%ld", options->point);
    (void)snprintf(patience, sizeof(patience), "%ld", patience_seconds);
    (void)snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", options->library);
    if (strcmp(options->library, "none") != 0) {
        environment[count++] = preload;
        environment[count++] = "CAPKEEP_LOG=none";
        for (size_t i = 0; i < POLICY_VARIABLES_MAX && policy->variables[i] != NULL; i++) {
            (void)snprintf(text[i], sizeof(text[i]), policy->variables[i], directory);
            environment[count++] = text[i];
        }
    }
    execve("/proc/self/exe", (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
    fail("/proc/self/exe");
}

/* Waits for one of the workers. Returns whether it did its work. */
static bool await_worker(void)
{
    int status;

    return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run_all(const struct options *options, const char *directory)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : processors;
    bool all_worked = true;
    long busy = 0;

    for (unsigned i = 0; i < interleave_policy_count * OUTER_COUNT; i++) {
        const struct interleave_policy *policy = &interleave_policies[i / OUTER_COUNT];
        const char *outer = interleave_outers[i % OUTER_COUNT].name;

        if ((options->policy != NULL && strcmp(options->policy, policy->name) != 0) ||
            (options->outer != NULL && strcmp(options->outer, outer) != 0))
            continue;
        if (busy == jobs)
            all_worked &= await_worker();
        else
            busy++;
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0)
            start_worker(options, policy, outer, directory);
    }
    for (; busy > 0; busy--)
        all_worked &= await_worker();
    return all_worked;
}

static int report_all(bool all_worked)
{
    uint64_t cases = atomic_load(&tally->cases);
    uint64_t failed = 0;

    for (int kind = KIND_HOLDS + 1; kind < KIND_COUNT; kind++) {
        uint64_t count = atomic_load(&tally->kinds[kind]);

        failed += count;
        if (count > 0)
            printf("%6lu %s (%lu after a jump)\n", (unsigned long)count, interleave_kinds[kind],
                   (unsigned long)atomic_load(&tally->jumped_kinds[kind]));
    }
    if (!all_worked)
        puts("a worker failed");
    printf("%lu cases, %lu violations\n", (unsigned long)cases, (unsigned long)failed);
    return failed > 0 || cases == 0 || !all_worked;
}

static void list(void)
{
    for (unsigned i = 0; i < interleave_policy_count; i++)
        printf("policy %s\n", interleave_policies[i].name);
    for (int i = 0; i < OUTER_COUNT; i++)
        printf("outer %s\n", interleave_outers[i].name);
    for (int i = 0; i < INNER_COUNT; i++)
        printf("inner %s\n", interleave_inners[i]);
}

static void check_place(void)
{
    const char *why = NULL;

    if (geteuid() != 0 || prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE, 0, 0, 0) != 1 ||
        prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0) != 1 || prctl(PR_CAPBSET_READ, CAP_KILL, 0, 0, 0) != 1)
        why = "needs root with cap_sys_ptrace, cap_setpcap and cap_kill";
    else if (access("/etc/capkeep", F_OK) == 0)
        why = "this machine has a policy of its own, in /etc/capkeep";
    if (why == NULL)
        return;
    puts(why);
    exit(CANNOT_RUN);
}

static int drive(const struct options *options)
{
    char directory[] = "/tmp/interleave.XXXXXX";

    check_place();
    if (mkdtemp(directory) == NULL || chmod(directory, 0755) < 0)
        fail(directory);
    make_programs(directory);
    tally = share(TALLY_FD, "tally", sizeof(*tally));
    int status = report_all(run_all(options, directory));
    remove_programs(directory);
    return status;
}

int main(int argc, char *argv[])
{
    static const struct option names[] = {
        {"library", required_argument, NULL, 'p'}, {"policy", required_argument, NULL, 'r'},
        {"outer", required_argument, NULL, 'o'},   {"inner", required_argument, NULL, 'i'},
        {"point", required_argument, NULL, 'n'},   {"patience", required_argument, NULL, 'q'},
        {"worker", required_argument, NULL, 'w'},  {"long", no_argument, NULL, 'l'},
        {"short", no_argument, NULL, 's'},         {"verbose", no_argument, NULL, 'v'},
        {"terse", no_argument, NULL, 't'},         {"list", no_argument, NULL, 'a'},
        {"threads", no_argument, NULL, 'h'},       {NULL, 0, NULL, 0}};
    static char buffer[4096];
    struct options options = {.point = ANY};
    const char *directory = NULL;
    int option;

    /* Several processes write, and lines are to stay whole. */
    setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
    while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0) {
        switch (option) {
        case 'p':
            options.library = optarg;
            break;
        case 'r':
            options.policy = optarg;
            break;
        case 'o':
            options.outer = optarg;
            break;
        case 'i':
            options.inner = optarg;
            break;
        case 'n':
            options.point = strtol(optarg, NULL, 10);
            break;
        case 'q':
            patience_seconds = strtol(optarg, NULL, 10);
            break;
        case 'w':
            directory = optarg;
            break;
        case 'l':
        case 's':
            options.all = option == 'l';
            break;
        case 'h':
            options.threads = true;
            break;
        case 'v':
            options.verbose = true;
            break;
        case 't': /* in the place of another */
            break;
        case 'a':
            list();
            return 0;
        default:
            return 2;
        }
    }
    if (directory != NULL) {
        work(&options, directory);
        return 0;
    }
    return options.library != NULL ? drive(&options) : 2;
}
