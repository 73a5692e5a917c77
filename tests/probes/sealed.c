/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sealed NAME [UID PROGRAM]: looks for the policy in force, which has a first rule of that name, and for everything else of
 * libcapkeep.so in this process's memory, and tries to write to it: from this thread, from another, from a child of
 * vfork, and by the kernel's hand. Prints one line for each thing that was found, with what came of it; the last line says
 * how many words of the library's writable memory point into what is sealed. Then it takes that uid, and executes
 * that program.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shim/core/policy.h"

struct mapping {
    uintptr_t start;
    uintptr_t end;
    char access[5];
    bool ours; /* of the library's file, or right behind it: its .bss */
};

static struct mapping mappings[512];
static size_t count;

static void fail(const char *what)
{
    perror(what);
    exit(99);
}

static void read_mappings(void)
{
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "re");

    if (maps == NULL)
        fail("/proc/self/maps");
    while (count < sizeof(mappings) / sizeof(mappings[0]) && fgets(line, sizeof(line), maps) != NULL) {
        struct mapping *mapping = &mappings[count];
        int name = 0;

        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %*s %n", &mapping->start, &mapping->end,
                   mapping->access, &name) < 3)
            continue;
        const struct mapping *last = count > 0 ? &mappings[count - 1] : NULL;
        bool follows = line[name] == '\0' && last != NULL && last->ours && last->end == mapping->start;
        mapping->ours = strstr(line + name, "/libcapkeep.so") != NULL || follows;
        count++;
    }
    fclose(maps);
}

/* The policy lies in memory of its own, and is at its beginning. */
static const struct mapping *find_policy(const char *name)
{
    for (size_t i = 0; i < count; i++) {
        const struct ck_policy *policy = (const struct ck_policy *)mappings[i].start;

        if (mappings[i].end - mappings[i].start < sizeof(*policy) || mappings[i].access[0] != 'r' || mappings[i].ours)
            continue;
        if (policy->rule_count > 0 && policy->rule_count <= CK_RULES_MAX && policy->rules[0].name < CK_TEXT_MAX &&
            strcmp(policy->text + policy->rules[0].name, name) == 0)
            return &mappings[i];
    }
    return NULL;
}

/* --- four hands */

static void *write_byte(void *place)
{
    volatile char *byte = place;

    *byte = (char)(*byte ^ 1);
    return NULL;
}

static void write_here(void *place)
{
    write_byte(place);
}

static void write_in_thread(void *place)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, write_byte, place) == 0)
        pthread_join(thread, NULL);
}

/* The kernel refuses instead of crashing; that counts as much. */
static void write_by_kernel(void *place)
{
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    if (read(zero, place, 1) < 0 && errno == EFAULT)
        raise(SIGSEGV);
}

static const char *outcome(int status)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSEGV ? "crashed" : "another signal";
    return "WRITTEN";
}

static const char *try_in_fork(void (*hand)(void *), void *place)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        hand(place);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        fail("fork");
    return outcome(status);
}

/* The child has this process's own memory, and only it crashes. */
static const char *try_in_vfork(void *place)
{
    int status = 0;
    pid_t pid = vfork();

    if (pid == 0) {
        write_byte(place);
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        fail("vfork");
    return outcome(status);
}

static void try_page(uintptr_t page, const char **ret_outcomes)
{
    void *place = (void *)(page + 8);

    ret_outcomes[0] = try_in_fork(write_here, place);
    ret_outcomes[1] = try_in_fork(write_in_thread, place);
    ret_outcomes[2] = try_in_fork(write_by_kernel, place);
    ret_outcomes[3] = try_in_vfork(place);
}

/* The first, the last and some pages in between. */
static void try_mapping(const char *what, const struct mapping *mapping)
{
    static const char *const hands[] = {"here", "thread", "kernel", "vfork"};
    const uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t step = (mapping->end - mapping->start) / 8 / page_size * page_size;
    const char *outcomes[4];

    for (uintptr_t page = mapping->start; page < mapping->end; page += step > 0 ? step : page_size) {
        try_page(page, outcomes);
        for (size_t i = 0; i < 4; i++)
            printf("%s %s %s: %s\n", what, mapping->access, hands[i], outcomes[i]);
    }
}

static bool is_sealed(const struct mapping *mapping, const struct mapping *policy)
{
    return mapping == policy || (mapping->ours && mapping->access[1] == '-');
}

/* Who can turn a pointer to the policy to somewhere else need not write to it. */
static unsigned count_ways_in(const struct mapping *policy)
{
    unsigned ways = 0;

    for (size_t i = 0; i < count; i++) {
        if (!mappings[i].ours || mappings[i].access[1] != 'w')
            continue;
        for (const uintptr_t *word = (const uintptr_t *)mappings[i].start; word < (const uintptr_t *)mappings[i].end;
             word++)
            ways += *word >= policy->start && *word < policy->end;
    }
    return ways;
}

int main(int argc, char *argv[])
{
    const struct rlimit no_core = {0, 0};

    if (argc != 2 && argc != 4)
        return 2;
    setrlimit(RLIMIT_CORE, &no_core);
    setvbuf(stdout, NULL, _IONBF, 0);
    read_mappings();
    const struct mapping *policy = find_policy(argv[1]);
    if (policy == NULL) {
        puts("no policy is in force");
        return 1;
    }
    try_mapping("policy", policy);
    for (size_t i = 0; i < count; i++) {
        if (mappings[i].ours && is_sealed(&mappings[i], policy) && mappings[i].access[2] != 'x')
            try_mapping("library", &mappings[i]);
        else if (mappings[i].ours && mappings[i].access[1] == 'w')
            printf("library %s: %" PRIuPTR " bytes\n", mappings[i].access, mappings[i].end - mappings[i].start);
    }
    printf("ways in: %u\n", count_ways_in(policy));
    if (argc == 2)
        return 0;
    gid_t gid = (gid_t)atol(argv[2]);
    if (setgroups(1, &gid) < 0 || setgid(gid) < 0 || setuid(gid) < 0)
        fail("setuid");
    execl(argv[3], argv[3], (char *)NULL);
    fail(argv[3]);
}
