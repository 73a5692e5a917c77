/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timer: starts programs in turns and says how long each took, from before posix_spawn to after wait4. In each round
 * every one is run once, in an order that is drawn anew, so that whatever else the machine does meets all of them.
 *
 * Standard input says what to do, one word and one value a line:
 *
 *   rounds N      that are counted
 *   warmup N      before them
 *   processor N   where all of it runs; without it, anywhere
 *   way NAME      the lines below are about this one
 *   env TEXT      a variable of its environment, which has no other
 *   arg TEXT      its arguments, the first is the path of the program
 *   printed yes   what counts is not the time, but the number that the program prints
 *
 * Standard output has a line for each way: its name, a tab, its nanoseconds in the order of the rounds, a tab, and the
 * nanoseconds in which a processor really worked for it, of the same rounds. A program that ends with anything but 0
 * ends the timer with 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAYS_MAX = 64, WORDS_MAX = 64 };

struct sample {
    int64_t elapsed;
    int64_t worked;
};

struct way {
    char *name;
    bool is_printed;
    char *argv[WORDS_MAX];
    char *envp[WORDS_MAX];
    int argc;
    int envc;
    struct sample *samples;
};

static struct way ways[WAYS_MAX];
static int way_count;
static int rounds = 1;
static int warmup;
static int processor = -1;
static int null_fd;

static void __attribute__((noreturn)) fail(const char *what, const char *why)
{
    fprintf(stderr, "timer: %s: %s\n", what, why);
    exit(1);
}

static char *copy(const char *text)
{
    char *result = strdup(text);

    if (result == NULL)
        fail("memory", strerror(errno));
    return result;
}

static int number(const char *text)
{
    char *end;

    errno = 0;
    long result = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || result < 0 || result > 10000000)
        fail(text, "not a number");
    return (int)result;
}

static void add_word(char *words[WORDS_MAX], int *count, const char *text)
{
    if (*count == WORDS_MAX - 1)
        fail(text, "one word too many");
    words[(*count)++] = copy(text);
}

static void read_line(const char *word, const char *value)
{
    struct way *way = way_count > 0 ? &ways[way_count - 1] : NULL;

    if (strcmp(word, "rounds") == 0)
        rounds = number(value);
    else if (strcmp(word, "warmup") == 0)
        warmup = number(value);
    else if (strcmp(word, "processor") == 0)
        processor = number(value);
    else if (strcmp(word, "way") == 0 && way_count < WAYS_MAX)
        ways[way_count++].name = copy(value);
    else if (strcmp(word, "env") == 0 && way != NULL)
        add_word(way->envp, &way->envc, value);
    else if (strcmp(word, "arg") == 0 && way != NULL)
        add_word(way->argv, &way->argc, value);
    else if (strcmp(word, "printed") == 0 && way != NULL)
        way->is_printed = strcmp(value, "yes") == 0;
    else
        fail(word, "what is this?");
}

static void read_specification(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    while ((length = getline(&line, &size, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        char *space = strchr(line, ' ');
        if (space == NULL)
            fail(line, "a word without a value");
        *space = '\0';
        read_line(line, space + 1);
    }
    free(line);
    for (int i = 0; i < way_count; i++) {
        ways[i].samples = calloc((size_t)rounds, sizeof(*ways[i].samples));
        if (ways[i].argc == 0 || ways[i].samples == NULL)
            fail(ways[i].name, "nothing to run");
    }
}

static void pin(void)
{
    cpu_set_t set;

    if (processor < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    if (sched_setaffinity(0, sizeof(set), &set) < 0)
        fail("sched_setaffinity", strerror(errno));
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t read_number(int fd, const char *name)
{
    char text[64] = "";
    size_t length = 0;
    ssize_t got;

    while (length < sizeof(text) - 1 && (got = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)got;
    if (length == 0)
        fail(name, "printed nothing");
    return strtoll(text, NULL, 10);
}

static int64_t in_nanoseconds(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000000 + (int64_t)time.tv_usec * 1000;
}

static struct sample run(const struct way *way)
{
    posix_spawn_file_actions_t actions;
    int ends[2] = {-1, -1};
    struct rusage usage;
    struct sample sample;
    int status;
    pid_t child;

    if (way->is_printed && pipe2(ends, O_CLOEXEC) < 0)
        fail("pipe", strerror(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, null_fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, way->is_printed ? ends[1] : null_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, null_fd, STDERR_FILENO);
    int64_t before = now();
    int result = posix_spawn(&child, way->argv[0], &actions, NULL, way->argv, way->envp);
    if (result != 0)
        fail(way->name, strerror(result));
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
        continue;
    sample.elapsed = now() - before;
    sample.worked = in_nanoseconds(usage.ru_utime) + in_nanoseconds(usage.ru_stime);
    posix_spawn_file_actions_destroy(&actions);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail(way->name, "did not end with 0");
    if (way->is_printed) {
        close(ends[1]);
        sample.elapsed = read_number(ends[0], way->name);
        close(ends[0]);
    }
    return sample;
}

/* Knuth's 64-bit linear congruence: the same orders in each run of the timer. */
static unsigned draw(unsigned below)
{
    static uint64_t state = 1;

    state = state * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(state >> 33) % below;
}

static void shuffle(int order[WAYS_MAX])
{
    for (int i = way_count - 1; i > 0; i--) {
        unsigned other = draw((unsigned)i + 1);
        int kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

static void print_way(const struct way *way)
{
    printf("%s\t", way->name);
    for (int round = 0; round < rounds; round++)
        printf("%lld%c", (long long)way->samples[round].elapsed, round == rounds - 1 ? '\t' : ' ');
    for (int round = 0; round < rounds; round++)
        printf("%lld%c", (long long)way->samples[round].worked, round == rounds - 1 ? '\n' : ' ');
}

int main(void)
{
    int order[WAYS_MAX] = {0};

    read_specification();
    pin();
    null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd < 0)
        fail("/dev/null", strerror(errno));
    for (int i = 0; i < way_count; i++)
        order[i] = i;
    for (int round = -warmup; round < rounds; round++) {
        shuffle(order);
        for (int i = 0; i < way_count; i++) {
            struct sample sample = run(&ways[order[i]]);
            if (round >= 0)
                ways[order[i]].samples[round] = sample;
        }
    }
    for (int i = 0; i < way_count; i++)
        print_way(&ways[i]);
    return 0;
}
