/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel_compare [--cases N] [--seed S] [--print] | --case 'NAME=VALUE…': holds the model against the running kernel.
 *
 * Each case is a state, a call and the files that it needs, drawn from the seed and the case's number. The model says
 * what comes of it; a child gets into that state, makes the call, and says what has come of it. All ids, sets,
 * securebits, no_new_privs, the result and AT_SECURE have to agree, and the losses that the model tells have to add up.
 * A case that does not agree is printed as a line that --case runs again. --print shows the lines of all cases.
 *
 * Exit status: 0 all agree, 1 some do not, 77 it cannot run here (the reason is the last line).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compare_files.h"
#include "compare_kernel.h"
#include "compare_model.h"
#include "compare_userns.h"

enum { WORKERS_MAX = 16, DISAGREEMENTS_SHOWN = 10, CANNOT_RUN = 77 };

/* From here on every rule and call is to be met; fewer cases prove less. */
#define CASES_FOR_COVERAGE 10000

struct options {
    uint64_t cases;
    uint64_t seed;
    const char *only;
    bool print;
};

/* Shared by the workers. */
struct tally {
    _Atomic uint64_t done[CALL_COUNT];
    _Atomic uint64_t refused[CALL_COUNT];
    _Atomic uint64_t met[CK_RULE_COUNT];
    _Atomic uint64_t disagreements;
};

static struct tally *tally;

/* --- one case */

static bool states_agree(const struct compare_state *one, const struct compare_state *other)
{
    return memcmp(one, other, sizeof(*one)) == 0;
}

static const uint64_t *words_of(const struct compare_field *field, const struct compare_state *state)
{
    return (const uint64_t *)(const void *)((const char *)state + field->offset);
}

static void print_words(FILE *out, const struct compare_field *field, const struct compare_state *state)
{
    const uint64_t *words = words_of(field, state);
    char text[80] = "";
    size_t length = 0;

    for (size_t i = 0; i < field->count; i++) {
        const char *format = field->count == 1 ? "%#" PRIx64 : i == 0 ? "%" PRIu64 : ",%" PRIu64;

        length += (size_t)snprintf(text + length, sizeof(text) - length, format, words[i]);
    }
    fprintf(out, " %-20s", text);
}

/* All of both states; what differs is marked. */
static void print_states(FILE *out, const struct compare_report *model, const struct compare_report *kernel)
{
    fprintf(out, "    %-13s %-20s %-20s %-20s %-20s\n", "", "before", "(kernel)", "after: model", "kernel");
    for (const struct compare_field *field = compare_state_fields; field->name != NULL; field++) {
        const size_t size = field->count * sizeof(uint64_t);
        bool differs = memcmp(words_of(field, &model->before), words_of(field, &kernel->before), size) != 0 ||
                       memcmp(words_of(field, &model->after), words_of(field, &kernel->after), size) != 0;

        fprintf(out, "  %s %-13s", differs ? "*" : " ", field->name);
        print_words(out, field, &model->before);
        print_words(out, field, &kernel->before);
        print_words(out, field, &model->after);
        print_words(out, field, &kernel->after);
        fprintf(out, "\n");
    }
    fprintf(out,
            "    result: model %" PRId64 ", kernel %" PRId64 "; AT_SECURE: model %" PRIu64 ", kernel %" PRIu64 "\n",
            model->result, kernel->result, model->secure, kernel->secure);
}

/* In one piece: the other workers print as well. */
static void print_disagreement(const char *line, const struct compare_report *model,
                               const struct compare_report *kernel)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    fprintf(out, "disagreement: --case '%s'\n", line);
    print_states(out, model, kernel);
    fclose(out);
    fwrite(text, 1, size, stdout);
    fflush(stdout);
    free(text);
}

static void print_trouble(const char *line, const char *trouble)
{
    printf("disagreement: --case '%s'\n  %s\n", line, trouble);
    fflush(stdout);
}

static void count(const struct compare_case *the_case, const struct compare_expectation *expectation)
{
    tally->done[the_case->call]++;
    tally->refused[the_case->call] += expectation->report.result < 0;
    for (int rule = 0; rule < CK_RULE_COUNT; rule++)
        tally->met[rule] += expectation->met[rule];
}

static bool reports_agree(const struct compare_report *model, const struct compare_report *kernel)
{
    return model->result == kernel->result && model->secure == kernel->secure &&
           states_agree(&model->before, &kernel->before) && states_agree(&model->after, &kernel->after);
}

static void run_case(struct compare_worker *worker, const struct compare_case *the_case, bool print)
{
    struct compare_expectation expectation;
    struct compare_report report;
    char line[4096];

    compare_case_print(the_case, line, sizeof(line));
    if (print)
        printf("%s\n", line);
    compare_model_run(worker->limits, the_case, &expectation);
    const char *trouble = compare_kernel_run(worker, the_case, &report);
    if (trouble == NULL)
        trouble = expectation.contradiction;
    count(the_case, &expectation);
    if (trouble == NULL && reports_agree(&expectation.report, &report))
        return;
    if (tally->disagreements++ >= DISAGREEMENTS_SHOWN)
        return;
    if (trouble != NULL)
        print_trouble(line, trouble);
    else
        print_disagreement(line, &expectation.report, &report);
}

/* --- all cases */

static void run_worker(struct compare_worker *worker, unsigned workers, const struct options *options)
{
    struct compare_case the_case;

    if (compare_kernel_start(worker) < 0)
        _exit(2);
    for (uint64_t number = worker->number; number < options->cases; number += workers) {
        compare_draw(worker->limits, options->seed, number, &the_case);
        run_case(worker, &the_case, options->print);
    }
    fflush(stdout);
    _exit(0);
}

static int run_all(struct compare_worker template, unsigned workers, const struct options *options)
{
    int result = 0;
    int status;

    for (unsigned i = 0; i < workers; i++) {
        template.number = i;
        pid_t pid = fork();
        if (pid < 0)
            result = -1;
        if (pid == 0)
            run_worker(&template, workers, options);
    }
    while (wait(&status) > 0) {
        if (status != 0)
            result = -1;
    }
    return result;
}

static int run_one(struct compare_worker worker, const char *text, bool print)
{
    struct compare_case the_case;

    if (compare_case_parse(text, &the_case) < 0) {
        printf("not a case: %s\n", text);
        return -1;
    }
    if (the_case.odd != 0)
        compare_files_describe_odd(&the_case);
    if (compare_kernel_start(&worker) < 0)
        return -1;
    run_case(&worker, &the_case, print);
    return 0;
}

/* Whether everything was met; a run that never gets to a rule proves nothing about it. */
static bool print_summary(const struct options *options, const struct compare_limits *limits)
{
    uint64_t total = 0;
    bool complete = true;

    for (int call = 0; call < CALL_COUNT; call++) {
        total += tally->done[call];
        printf("%s: %" PRIu64 ", of them refused %" PRIu64 "\n", compare_call_name((uint64_t)call), tally->done[call],
               tally->refused[call]);
    }
    for (enum ck_kernel_rule rule = 0; rule < CK_RULE_COUNT; rule++) {
        printf("%s: %" PRIu64 "\n", ck_rule_describe(rule)->code, tally->met[rule]);
        complete = complete && tally->met[rule] > 0;
    }
    printf("files that setxattr cannot make: %s\n",
           limits->has_odd_files ? "yes" : "no (mke2fs, debugfs, loop device)");
    printf("%" PRIu64 " cases, %" PRIu64 " disagreements, seed %" PRIu64 "\n", total, tally->disagreements,
           options->seed);
    return complete || total < CASES_FOR_COVERAGE;
}

/* --- the start */

static int cannot_run(const char *what)
{
    printf("cannot run here: %s\n", what);
    return CANNOT_RUN;
}

static unsigned read_last_cap(void)
{
    unsigned last_cap = 0;
    FILE *file = fopen("/proc/sys/kernel/cap_last_cap", "re");

    if (file == NULL || fscanf(file, "%u", &last_cap) != 1)
        last_cap = 0;
    if (file != NULL)
        fclose(file);
    return last_cap;
}

/* What it takes to bring a child into any state. */
static const unsigned needed_caps[] = {CAP_CHOWN,   CAP_FOWNER,    CAP_SETGID,     CAP_SETUID,    CAP_SETPCAP,
                                       CAP_SETFCAP, CAP_SYS_ADMIN, CAP_SYS_CHROOT, CAP_SYS_PTRACE};

static int read_limits(struct compare_limits *limits)
{
    struct compare_state state;
    struct utsname name;
    uint64_t needed_mask = 0;

    if (uname(&name) < 0 || ck_kernel_from_release(name.release, read_last_cap(), &limits->kernel) < 0)
        return -1;
    /* Every case begins without; the children inherit it from here. */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    compare_state_read(limits->kernel.last_cap, &state);
    limits->held_mask = state.permitted & state.effective & state.bounding;
    for (size_t i = 0; i < sizeof(needed_caps) / sizeof(needed_caps[0]); i++)
        needed_mask |= ck_cap_bit(needed_caps[i]);
    return (needed_mask & ~limits->held_mask) == 0 && state.securebits == 0 && !state.no_new_privs ? 0 : -1;
}

static int open_helper(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (length < 0)
        return -1;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    strcpy(slash != NULL ? slash + 1 : path, "report_creds");
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int parse_options(int argc, char *argv[], struct options *options)
{
    static const struct option names[] = {{"cases", required_argument, NULL, 'n'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"case", required_argument, NULL, 'c'},
                                          {"print", no_argument, NULL, 'p'},
                                          {0}};
    int option;

    *options = (struct options){.cases = 20000, .seed = (uint64_t)time(NULL)};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case 'n':
            options->cases = strtoull(optarg, NULL, 10);
            break;
        case 's':
            options->seed = strtoull(optarg, NULL, 10);
            break;
        case 'c':
            options->only = optarg;
            break;
        case 'p':
            options->print = true;
            break;
        default:
            return -1;
        }
    }
    return optind == argc ? 0 : -1;
}

/* Making them takes longer than a case that does without. */
static bool wants_odd_files(const struct options *options)
{
    return options->only == NULL || strstr(options->only, " odd=") != NULL;
}

static int compare(const struct options *options, const struct compare_limits *limits, const int *userns_fds,
                   unsigned workers)
{
    struct compare_worker worker = {.limits = limits, .userns_fds = userns_fds};
    int result =
        options->only != NULL ? run_one(worker, options->only, options->print) : run_all(worker, workers, options);

    if (options->only == NULL && !print_summary(options, limits)) {
        printf("not every rule was met\n");
        result = -1;
    }
    if (options->only != NULL && result == 0)
        printf("%s\n", tally->disagreements == 0 ? "agreed" : "disagreed");
    return result < 0 || tally->disagreements > 0 ? 1 : 0;
}

int main(int argc, char *argv[])
{
    struct options options;
    struct compare_limits limits = {0};
    int userns_fds[COMPARE_USERNS];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned workers = processors > WORKERS_MAX ? WORKERS_MAX : processors < 1 ? 1 : (unsigned)processors;
    int helper = open_helper();

    if (parse_options(argc, argv, &options) < 0)
        return 2;
    tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tally == MAP_FAILED || helper < 0)
        return 2;
    if (geteuid() != 0 || read_limits(&limits) < 0)
        return cannot_run("it takes root with its capabilities, without securebits and no_new_privs");
    if (compare_userns_open(userns_fds) < 0)
        return cannot_run("it takes user namespaces with mapped ids");
    if (compare_files_make(helper, workers) < 0)
        return cannot_run("it takes a mount namespace and tmpfs with extended attributes");
    limits.has_odd_files = wants_odd_files(&options) && compare_files_make_odd(helper) == 0;
    return compare(&options, &limits, userns_fds, workers);
}
