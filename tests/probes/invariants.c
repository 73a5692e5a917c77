/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * invariants --library FILE [--cases N] [--seed S] [--print] | --library FILE --case 'LINE': random policies, states and
 * calls, with the library preloaded; what comes of them is held against the contract (C1, C2, C5, C6, C7). Every fourth
 * case has a kernel call of the library's refused as well.
 *
 * The cases of one policy run in one process, which is started with the library and that policy. A case that fails is
 * made smaller as long as it fails, and printed as a line that --case runs again.
 *
 * Exit status: 0 all hold, 1 some do not, 77 it cannot run here (the reason is the last line).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "invariants_judge.h"

enum { BATCH = 50, SHARDS_MAX = 16, FAILURES_SHOWN = 3, CANNOT_RUN = 77 };

struct options {
    const char *library;
    uint64_t cases;
    uint64_t seed;
    const char *only;
    bool print;
};

/* What one of the processes that share the work needs to know. */
struct shard {
    const struct options *options;
    const struct invariants_limits *limits;
    char directory[64]; /* its own: a policy, cases, programs */
    char launcher[PATH_MAX];
};

static struct {
    _Atomic uint64_t done;
    _Atomic uint64_t failed;
    _Atomic uint64_t shown;
    _Atomic uint64_t kinds[KIND_COUNT];
} *tally;

static void fail(const char *what)
{
    fprintf(stderr, "invariants: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void read_limits(struct invariants_limits *ret_limits)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    struct utsname name;
    unsigned major = 0;
    unsigned minor = 0;

    if (syscall(SYS_capget, &header, data) < 0)
        fail("capget");
    *ret_limits = (struct invariants_limits){.held = data[0].permitted | (uint64_t)data[1].permitted << 32};
    while (ret_limits->last_cap < 63 && prctl(PR_CAPBSET_READ, ret_limits->last_cap + 1, 0, 0, 0) >= 0)
        ret_limits->last_cap++;
    if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
        fail("uname");
    ret_limits->clears_where_ids_differ = major < 6 || (major == 6 && minor < 17);
}

/* --- the worker: runs the lines of one policy, with the library in it */

static const char *read_log(const struct invariants_runner *runner)
{
    static char text[65536];
    ssize_t length = pread(runner->log, text, sizeof(text) - 1, 0);

    text[length > 0 ? length : 0] = '\0';
    return text;
}

/* "ok", or what does not hold and what was said. One line each, for the parent. */
static void judge_line(struct invariants_runner *runner, const char *line)
{
    struct invariants_case the_case;
    uint64_t step = 0;

    if (!invariants_parse(line, &the_case)) {
        printf("not a case\n");
        return;
    }
    const char *trouble = invariants_run(runner, &the_case);
    if (trouble == NULL)
        trouble = invariants_judge(runner->limits, &the_case, runner->record, read_log(runner), &step);
    if (trouble == NULL)
        printf("ok\n");
    else
        printf("step %" PRIu64 ": %s\n", step + 1, trouble);
}

/* worker DIRECTORY LINES: with --explain the states of each step as well. */
static void explain(const struct invariants_runner *runner)
{
    static const char *const names[] = {"before", "bare", "ours", "bare program", "our program"};

    for (uint64_t i = 0; i < runner->record->steps; i++) {
        const struct invariants_step *step = &runner->record->step[i];
        const struct compare_state *states[] = {&step->before, &step->bare.after, &step->ours.after,
                                                &step->bare.program, &step->ours.program};

        printf("step %" PRIu64 ": bare %" PRId64 " errno %" PRIu64 " started %" PRIu64 ", ours %" PRId64
               " errno %" PRIu64 " started %" PRIu64 " returned %" PRIu64 "\n",
               i + 1, step->bare.result, step->bare.error, step->bare.started, step->ours.result, step->ours.error,
               step->ours.started, step->ours.done);
        for (size_t j = 0; j < 5; j++) {
            const struct compare_state *state = states[j];
            printf("  %-12s uids %" PRIu64 ",%" PRIu64 ",%" PRIu64 " P %#" PRIx64 " E %#" PRIx64 " I %#" PRIx64
                   " A %#" PRIx64 " B %#" PRIx64 " securebits %#" PRIx64 " nnp %" PRIu64 "\n",
                   names[j], state->uids[0], state->uids[1], state->uids[2], state->permitted, state->effective,
                   state->inheritable, state->ambient, state->bounding, state->securebits, state->no_new_privs);
        }
    }
    fputs(read_log(runner), stdout);
}

static int work(const char *directory, const char *lines, bool explains)
{
    struct invariants_limits limits;
    struct invariants_runner runner = {.limits = &limits, .directory = directory};
    char line[INVARIANTS_LINE_MAX];
    FILE *file = fopen(lines, "re");

    read_limits(&limits);
    if (file == NULL || invariants_start(&runner) < 0)
        fail(lines);
    while (fgets(line, sizeof(line), file) != NULL) {
        judge_line(&runner, line);
        if (explains)
            explain(&runner);
        fflush(stdout);
    }
    fclose(file);
    return 0;
}

/* --- the parent of a worker */

static void path_in(const struct shard *shard, const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", shard->directory, name);
}

static void start_worker(const struct shard *shard, const int out[2], bool explains)
{
    char lines[128];
    char policy[160];
    char preload[PATH_MAX + 16];
    char path[128];
    char *argv[] = {(char *)"invariants",
                    (char *)"--worker",
                    (char *)shard->directory,
                    lines,
                    explains ? (char *)"--explain" : NULL,
                    NULL};
    char *envp[] = {preload, policy, path, NULL};

    path_in(shard, "lines", lines);
    (void)snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shard->options->library);
    (void)snprintf(policy, sizeof(policy), "CAPKEEP_POLICY=%s/policy", shard->directory);
    (void)snprintf(path, sizeof(path), "PATH=%s", shard->directory);
    dup2(out[1], 1);
    execve(shard->launcher, argv, envp);
    _exit(127);
}

/*
 * Writes the policy of the first case and the lines of all, and runs them. Calls `judged` for each with what the worker
 * says of it; a worker that dies says so of the case that it was at. With `explains` all is printed.
 */
static void run_lines(const struct shard *shard, const struct invariants_case *cases, size_t count,
                      void (*judged)(const struct invariants_case *, const char *, void *), void *context)
{
    char path[128];
    char line[INVARIANTS_LINE_MAX];
    size_t at = 0;
    int out[2];

    path_in(shard, "policy", path);
    if (invariants_write_policy(&cases[0], path, shard->directory, shard->launcher) < 0 || pipe2(out, O_CLOEXEC) < 0)
        fail(path);
    path_in(shard, "lines", path);
    FILE *lines = fopen(path, "we");
    if (lines == NULL)
        fail(path);
    for (size_t i = 0; i < count; i++) {
        invariants_print(&cases[i], line);
        fprintf(lines, "%s\n", line);
    }
    fclose(lines);
    pid_t pid = fork();
    if (pid == 0)
        start_worker(shard, out, judged == NULL);
    close(out[1]);
    FILE *said = fdopen(out[0], "r");
    while (pid > 0 && said != NULL && fgets(line, sizeof(line), said) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (judged == NULL)
            puts(line);
        else if (at < count)
            judged(&cases[at++], line, context);
    }
    if (judged != NULL && at < count)
        judged(&cases[at], "the worker ended", context);
    if (said != NULL)
        fclose(said);
    waitpid(pid, NULL, 0);
}

/* --- a failing case, made smaller */

static void note_trouble(const struct invariants_case *the_case, const char *said, void *context)
{
    char *trouble = context;

    (void)the_case; /* there is one */
    (void)snprintf(trouble, INVARIANTS_LINE_MAX, "%s", said);
}

/* Any other policy keeps nothing, whatever the case was about. */
static bool is_valid(const struct invariants_case *the_case)
{
    for (uint64_t i = 0; i < the_case->rule_count; i++) {
        const struct invariants_rule *rule = &the_case->rules[i];
        if (rule->ambient == 0 || (rule->bounding != 0 && (rule->ambient & ~rule->bounding) != 0))
            return false;
    }
    return true;
}

static bool still_fails(const struct shard *shard, const struct invariants_case *the_case, char *trouble)
{
    if (!is_valid(the_case))
        return false;
    run_lines(shard, the_case, 1, note_trouble, trouble);
    /* A state that cannot be had, or a call that it does not come to, is another matter. */
    return strcmp(trouble, "ok") != 0 && strstr(trouble, "the state could not be had") == NULL;
}

/* Takes the smaller case if that one fails as well. */
static bool try_smaller(const struct shard *shard, struct invariants_case *the_case,
                        const struct invariants_case *smaller)
{
    char trouble[INVARIANTS_LINE_MAX];

    if (memcmp(smaller, the_case, sizeof(*smaller)) == 0 || !still_fails(shard, smaller, trouble))
        return false;
    *the_case = *smaller;
    return true;
}

static bool drop_call(const struct shard *shard, struct invariants_case *the_case, uint64_t index)
{
    struct invariants_case smaller = *the_case;

    if (smaller.call_count < 2)
        return false;
    memmove(&smaller.calls[index], &smaller.calls[index + 1],
            (size_t)(INVARIANTS_CALLS_MAX - 1 - index) * sizeof(smaller.calls[0]));
    smaller.call_count--;
    smaller.calls[smaller.call_count] = (struct invariants_call){0};
    return try_smaller(shard, the_case, &smaller);
}

static bool drop_rule(const struct shard *shard, struct invariants_case *the_case, uint64_t index)
{
    struct invariants_case smaller = *the_case;

    if (smaller.rule_count == 0)
        return false;
    memmove(&smaller.rules[index], &smaller.rules[index + 1],
            (size_t)(INVARIANTS_RULES_MAX - 1 - index) * sizeof(smaller.rules[0]));
    smaller.rule_count--;
    smaller.rules[smaller.rule_count] = (struct invariants_rule){0};
    return try_smaller(shard, the_case, &smaller);
}

/* A number becomes 0, or loses one of its bits. `word` lies in the case. */
static bool lessen(const struct shard *shard, struct invariants_case *the_case, const uint64_t *word)
{
    size_t index = (size_t)(word - (const uint64_t *)(const void *)the_case);
    struct invariants_case smaller = *the_case;
    uint64_t *place = (uint64_t *)(void *)&smaller + index;
    bool any = false;

    *place = 0;
    if (try_smaller(shard, the_case, &smaller))
        return true;
    for (uint64_t left = *word; left != 0 && (left & (left - 1)) != 0;) {
        uint64_t bit = left & -left;
        left &= ~bit;
        smaller = *the_case;
        *place &= ~bit;
        any |= try_smaller(shard, the_case, &smaller);
    }
    return any;
}

static bool lessen_all(const struct shard *shard, struct invariants_case *the_case)
{
    uint64_t *const state[] = {&the_case->securebits,  &the_case->no_new_privs, &the_case->ambient,
                               &the_case->inheritable, &the_case->effective,    &the_case->permitted};
    bool any = false;

    for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++)
        any |= lessen(shard, the_case, state[i]);
    for (uint64_t i = 0; i < the_case->rule_count; i++) {
        struct invariants_rule *rule = &the_case->rules[i];
        uint64_t *const words[] = {&rule->program, &rule->launcher,  &rule->no_new_privs, &rule->refuse,
                                   &rule->guard,   &rule->uid_count, &rule->bounding,     &rule->ambient};
        for (size_t j = 0; j < sizeof(words) / sizeof(words[0]); j++)
            any |= lessen(shard, the_case, words[j]);
    }
    return any;
}

static void make_smaller(const struct shard *shard, struct invariants_case *the_case)
{
    struct invariants_case smaller = *the_case;
    bool any = true;

    smaller.fault[0] = '\0';
    (void)try_smaller(shard, the_case, &smaller); /* the fault is what it takes, or not */
    smaller = *the_case;
    smaller.bounding = shard->limits->held;
    (void)try_smaller(shard, the_case, &smaller); /* as the bounding set */
    for (int round = 0; any && round < 4; round++) {
        any = false;
        for (uint64_t i = the_case->call_count; i-- > 0;)
            any |= drop_call(shard, the_case, i);
        for (uint64_t i = the_case->rule_count; i-- > 0;)
            any |= drop_rule(shard, the_case, i);
        any |= lessen_all(shard, the_case);
    }
}

static void show_failure(const struct shard *shard, const struct invariants_case *failed, const char *said)
{
    struct invariants_case smaller = *failed;
    char line[INVARIANTS_LINE_MAX];
    char trouble[INVARIANTS_LINE_MAX];

    if (!still_fails(shard, failed, trouble)) {
        invariants_print(failed, line);
        printf("failed once: %s\n  --case '%s'\n", said, line);
        return;
    }
    make_smaller(shard, &smaller);
    (void)still_fails(shard, &smaller, trouble); /* for its sentence */
    invariants_print(&smaller, line);
    printf("failed: %s\n  --case '%s'\n", trouble, line);
    fflush(stdout);
}

/* --- all cases */

struct batch {
    const struct shard *shard;
    struct invariants_case failed[BATCH];
    char said[BATCH][256]; /* of each */
    size_t failures;
};

static void count_case(const struct invariants_case *the_case, const char *said, void *context)
{
    struct batch *batch = context;

    for (uint64_t i = 0; i < the_case->call_count; i++)
        atomic_fetch_add(&tally->kinds[the_case->calls[i].kind], 1);
    atomic_fetch_add(&tally->done, 1);
    if (strcmp(said, "ok") == 0)
        return;
    atomic_fetch_add(&tally->failed, 1);
    (void)snprintf(batch->said[batch->failures], sizeof(batch->said[0]), "%s", said);
    batch->failed[batch->failures++] = *the_case;
}

static void run_batch(const struct shard *shard, uint64_t number)
{
    static struct invariants_case cases[BATCH];
    const struct options *options = shard->options;
    struct batch batch = {.shard = shard};
    size_t count = 0;

    for (; count < BATCH && number * BATCH + count < options->cases; count++) {
        invariants_draw_policy(shard->limits, options->seed, number, &cases[count]);
        invariants_draw(shard->limits, options->seed, number * BATCH + count, &cases[count]);
        if (options->print) {
            char line[INVARIANTS_LINE_MAX];
            invariants_print(&cases[count], line);
            puts(line);
        }
    }
    run_lines(shard, cases, count, count_case, &batch);
    for (size_t i = 0; i < batch.failures && atomic_fetch_add(&tally->shown, 1) < FAILURES_SHOWN; i++)
        show_failure(shard, &batch.failed[i], batch.said[i]);
}

/* --- a place to work in */

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

static void prepare(struct shard *shard, const struct options *options, const struct invariants_limits *limits)
{
    char reporter[PATH_MAX + 16];
    char path[128];

    *shard = (struct shard){.options = options, .limits = limits, .directory = "/tmp/invariants.XXXXXX"};
    ssize_t length = readlink("/proc/self/exe", shard->launcher, sizeof(shard->launcher) - 1);
    if (length <= 0 || mkdtemp(shard->directory) == NULL || chmod(shard->directory, 0755) < 0)
        fail(shard->directory);
    (void)snprintf(reporter, sizeof(reporter), "%.*sreport_creds",
                   (int)(strrchr(shard->launcher, '/') + 1 - shard->launcher), shard->launcher);
    path_in(shard, "a", path);
    copy_file(reporter, path);
    path_in(shard, "b", path);
    copy_file(reporter, path);
}

static void tidy(const struct shard *shard)
{
    static const char *const names[] = {"a", "b", "policy", "lines"};
    char path[128];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        path_in(shard, names[i], path);
        unlink(path);
    }
    rmdir(shard->directory);
}

static int run_one(const struct options *options, const struct invariants_limits *limits)
{
    struct invariants_case the_case;
    struct shard shard;
    char trouble[INVARIANTS_LINE_MAX];

    if (!invariants_parse(options->only, &the_case)) {
        printf("not a case: %s\n", options->only);
        return 1;
    }
    prepare(&shard, options, limits);
    run_lines(&shard, &the_case, 1, NULL, NULL);
    run_lines(&shard, &the_case, 1, note_trouble, trouble);
    tidy(&shard);
    puts(strcmp(trouble, "ok") == 0 ? "holds" : "does not hold");
    return strcmp(trouble, "ok") != 0;
}

static void run_shard(const struct options *options, const struct invariants_limits *limits, uint64_t index,
                      uint64_t count)
{
    struct shard shard;

    prepare(&shard, options, limits);
    for (uint64_t batch = index; batch * BATCH < options->cases; batch += count)
        run_batch(&shard, batch);
    tidy(&shard);
    fflush(stdout);
}

static int run_all(const struct options *options, const struct invariants_limits *limits)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t shards = processors < 1 ? 1 : processors > SHARDS_MAX ? SHARDS_MAX : (uint64_t)processors;

    printf("seed %" PRIu64 "\n", options->seed);
    fflush(stdout);
    for (uint64_t i = 0; i < shards; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fail("fork");
        if (pid == 0) {
            run_shard(options, limits, i, shards);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    for (uint64_t kind = 0; kind < KIND_COUNT; kind++)
        printf("%s%s %" PRIu64, kind > 0 ? ", " : "", invariants_kind_name(kind), atomic_load(&tally->kinds[kind]));
    uint64_t done = atomic_load(&tally->done);
    uint64_t failed = atomic_load(&tally->failed);
    printf("\n%" PRIu64 " cases, %" PRIu64 " failed\n", done, failed);
    return failed > 0 || done != options->cases;
}

static void cannot_run(const char *why)
{
    printf("%s\n", why);
    exit(CANNOT_RUN);
}

int main(int argc, char *argv[])
{
    static const struct option names[] = {
        {"cases", required_argument, NULL, 'c'}, {"seed", required_argument, NULL, 's'},
        {"case", required_argument, NULL, 'l'},  {"library", required_argument, NULL, 'p'},
        {"print", no_argument, NULL, 'v'},       {NULL, 0, NULL, 0}};
    static char buffer[2 * INVARIANTS_LINE_MAX];
    struct timespec now;
    struct options options = {.cases = 5000};
    struct invariants_limits limits;
    int option;

    if (argc >= 4 && strcmp(argv[1], "--worker") == 0)
        return work(argv[2], argv[3], argc > 4);
    /* Several processes write, and lines are to stay whole. */
    setvbuf(stdout, buffer, _IOLBF, sizeof(buffer));
    clock_gettime(CLOCK_REALTIME, &now);
    options.seed = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    while ((option = getopt_long(argc, argv, "", names, NULL)) >= 0) {
        switch (option) {
        case 'c':
            options.cases = strtoull(optarg, NULL, 0);
            break;
        case 's':
            options.seed = strtoull(optarg, NULL, 0);
            break;
        case 'l':
            options.only = optarg;
            break;
        case 'p':
            options.library = optarg;
            break;
        case 'v':
            options.print = true;
            break;
        default:
            return 2;
        }
    }
    if (options.library == NULL)
        return 2;
    read_limits(&limits);
    if (geteuid() != 0 || (limits.held >> CAP_SETUID & 1) == 0 || (limits.held >> CAP_SETPCAP & 1) == 0)
        cannot_run("needs root with cap_setuid and cap_setpcap");
    tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED)
        fail("mmap");
    return options.only != NULL ? run_one(&options, &limits) : run_all(&options, &limits);
}
