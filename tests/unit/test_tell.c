/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line of the log: whole, without much of the caller's stack, and lost where there is no memory for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "../../shim/hot/tell.h"

enum {
    STACK_SIZE = 64 * 1024,
    PAINT = 0x5a,
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__)
    DEPTH_MAX = 1024, /* half of what a wrapper may use */
#else
    DEPTH_MAX = STACK_SIZE, /* what is compiled so is not what is installed */
#endif
};

static const struct ck_uids root = {0, 0, 0};
static const struct ck_uids nobody = {65534, 65534, 65534};

/* All capabilities, each with another fate: as long as a line gets. */
static struct ck_record long_record(struct ck_verdict *verdict)
{
    static char path[4096];

    memset(path, '\n', sizeof(path) - 1);
    for (int i = 0; i < CK_REASON_COUNT; i++)
        verdict->lost[i] = UINT64_C(0x1ffffffffff);
    verdict->kept_mask = verdict->lost[0];
    return (struct ck_record){.launcher = path,
                              .is_self = true,
                              .call = "setresuid",
                              .program = path,
                              .rule = path,
                              .before = &root,
                              .after = &nobody,
                              .verdict = verdict};
}

static struct ck_log log_in(char *directory)
{
    struct ck_log log = {.kind = CK_LOG_FILE};

    assert_non_null(mkdtemp(directory));
    strcpy(log.path, directory);
    strcat(log.path, "/log");
    return log;
}

static size_t read_and_remove(const struct ck_log *log, const char *directory, char *ret_text, size_t size)
{
    int fd = open(log->path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, ret_text, size);

    close(fd);
    unlink(log->path);
    rmdir(directory);
    return length > 0 ? (size_t)length : 0;
}

static void c6_the_longest_line_is_one_line(void **state)
{
    char directory[] = "/tmp/test-tell.XXXXXX";
    struct ck_log log = log_in(directory);
    struct ck_verdict verdict = {0};
    const struct ck_record record = long_record(&verdict);
    char text[2 * CK_LINE_MAX];

    (void)state; /* cmocka's signature */
    ck_tell(&log, -1, &record);
    size_t length = read_and_remove(&log, directory, text, sizeof(text));
    assert_in_range(length, CK_LINE_MAX - 8, CK_LINE_MAX);
    assert_ptr_equal(memchr(text, '\n', length), text + length - 1);
    assert_memory_equal(text, "capkeep[", 8);
}

/* --- how much of the stack it takes */

static ucontext_t back;
static struct ck_log told_log;
static struct ck_record told_record;

static void tell(void)
{
    ck_tell(&told_log, -1, &told_record);
}

static void nothing(void)
{
}

static size_t depth_of(void (*function)(void))
{
    unsigned char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t unused = 0;
    ucontext_t context;

    assert_ptr_not_equal(stack, MAP_FAILED);
    memset(stack, PAINT, STACK_SIZE);
    assert_int_equal(getcontext(&context), 0);
    context.uc_stack = (stack_t){.ss_sp = stack, .ss_size = STACK_SIZE};
    context.uc_link = &back;
    makecontext(&context, function, 0);
    assert_int_equal(swapcontext(&back, &context), 0);
    while (unused < STACK_SIZE && stack[unused] == PAINT)
        unused++;
    munmap(stack, STACK_SIZE);
    return STACK_SIZE - unused;
}

static void c5_it_takes_little_of_the_stack(void **state)
{
    char directory[] = "/tmp/test-tell.XXXXXX";
    struct ck_verdict verdict = {0};
    char text[2 * CK_LINE_MAX];

    (void)state; /* cmocka's signature */
    told_log = log_in(directory);
    told_record = long_record(&verdict);
    size_t depth = depth_of(tell) - depth_of(nothing);
    assert_in_range(read_and_remove(&told_log, directory, text, sizeof(text)), 1, sizeof(text));
    assert_in_range(depth, 1, DEPTH_MAX);
}

/* An emulator in user mode maps as it likes, whatever the limit is. */
enum { NOT_LIMITED = 77 };

static void c6_without_memory_the_line_is_lost_and_nothing_else(void **state)
{
    char directory[] = "/tmp/test-tell.XXXXXX";
    struct ck_log log = log_in(directory);
    const struct ck_record record = {
        .comm = "x", .launcher = "x", .call = "x", .before = &root, .after = &root, .event = CK_EVENT_DROPPED};
    const struct rlimit none = {0, 0};
    int status;
    pid_t pid = fork();

    (void)state; /* cmocka's signature */
    if (pid == 0) {
        if (setrlimit(RLIMIT_AS, &none) != 0)
            _exit(1);
        if (mmap(NULL, CK_LINE_MAX, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            _exit(NOT_LIMITED);
        ck_tell(&log, -1, &record);
        _exit(access(log.path, F_OK) == 0 ? 2 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    rmdir(directory);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_LIMITED)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(c6_the_longest_line_is_one_line),
        cmocka_unit_test(c5_it_takes_little_of_the_stack),
        cmocka_unit_test(c6_without_memory_the_line_is_lost_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
