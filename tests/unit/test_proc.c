/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The status file, as kernels write it and as a process's name may try to forge it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../trace/proc/proc.h"

#define IDS "Uid:\t0\t1\t2\t3\nGid:\t4\t5\t6\t7\n"
#define SETS                                                                                                           \
    "CapInh:\t0000000000000001\nCapPrm:\t0000000000000002\nCapEff:\t0000000000000004\nCapBnd:\t000001ffffffffff\n"     \
    "CapAmb:\t0000000000000008\n"

static int parse(const char *text, struct ck_proc *proc)
{
    FILE *stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

    assert_non_null(stream);
    int result = ck_proc_parse(stream, proc);
    (void)fclose(stream); /* read only: nothing is lost with it */
    return result;
}

static void all_that_counts_is_read(void **state)
{
    struct ck_proc proc;

    (void)state; /* cmocka's signature */
    assert_int_equal(parse("Name:\tntpd\nUmask:\t0022\nTgid:\t12\nNgid:\t0\nPid:\t13\nPPid:\t1\nTracerPid:\t7\n" IDS
                           "Groups:\t8 9 \nVmPeak:\t 1 kB\n" SETS "NoNewPrivs:\t1\nSeccomp:\t0\n",
                           &proc),
                     0);
    assert_string_equal(proc.comm, "ntpd");
    assert_int_equal(proc.pid, 12);
    assert_int_equal(proc.tid, 13);
    assert_int_equal(proc.ppid, 1);
    assert_int_equal(proc.tracer, 7);
    assert_int_equal(proc.thread.uids.real, 0);
    assert_int_equal(proc.thread.uids.effective, 1);
    assert_int_equal(proc.thread.uids.saved, 2);
    assert_int_equal(proc.thread.fsuid, 3);
    assert_int_equal(proc.thread.gids.real, 4);
    assert_int_equal(proc.thread.gids.effective, 5);
    assert_int_equal(proc.thread.gids.saved, 6);
    assert_int_equal(proc.thread.fsgid, 7);
    assert_int_equal(proc.thread.group_count, 2);
    assert_int_equal(proc.thread.groups[0], 8);
    assert_int_equal(proc.thread.groups[1], 9);
    assert_true(proc.thread.caps.inheritable == 1 && proc.thread.caps.permitted == 2);
    assert_true(proc.thread.caps.effective == 4 && proc.thread.caps.ambient == 8);
    assert_true(proc.thread.caps.bounding == UINT64_C(0x1ffffffffff));
    assert_true(proc.thread.no_new_privs);
    assert_ptr_equal(proc.thread.userns, &ck_userns_initial);
}

static void no_groups_are_none(void **state)
{
    struct ck_proc proc;

    (void)state; /* cmocka's signature */
    assert_int_equal(parse("Name:\tx\n" IDS "Groups:\t \n" SETS, &proc), 0);
    assert_int_equal(proc.thread.group_count, 0);
    assert_false(proc.thread.no_new_privs);
}

static void more_groups_than_are_looked_at_do_no_harm(void **state)
{
    static char text[64 * 1024];
    struct ck_proc proc;
    size_t length = (size_t)snprintf(text, sizeof(text), "Name:\tx\n" IDS "Groups:\t");

    (void)state; /* cmocka's signature */
    for (unsigned i = 0; i < 2 * CK_PROC_GROUPS_MAX; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%u ", i);
    (void)snprintf(text + length, sizeof(text) - length, "\n" SETS);
    assert_int_equal(parse(text, &proc), 0);
    assert_int_equal(proc.thread.group_count, CK_PROC_GROUPS_MAX);
    assert_int_equal(proc.thread.groups[CK_PROC_GROUPS_MAX - 1], CK_PROC_GROUPS_MAX - 1);
    assert_true(proc.thread.caps.permitted == 2);
}

/* The kernel escapes a line end and a backslash in a name, so that it stays in its line (proc_task_name). */
static void a_name_forges_nothing(void **state)
{
    struct ck_proc proc;

    (void)state; /* cmocka's signature */
    assert_int_equal(parse("Name:\tx\\nUid:\t9\t9\t9\t9\n" IDS SETS, &proc), 0);
    assert_int_equal(proc.thread.uids.real, 0);
    assert_string_equal(proc.comm, "x\nUid:\t9\t9\t9\t9");
    assert_int_equal(parse("Name:\ta\\\\nb\\\n" IDS SETS, &proc), 0);
    assert_string_equal(proc.comm, "a\\nb\\");
    assert_int_equal(parse("Name:\tCapPrm:\tff\n" IDS SETS, &proc), 0);
    assert_true(proc.thread.caps.permitted == 2);
    assert_string_equal(proc.comm, "CapPrm:\tff");
}

static void what_is_not_all_there_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "Name:\tx\n",
                                        "Name:\tx\n" IDS,
                                        "Name:\tx\n" SETS,
                                        "Name:\tx\nUid:\t0\t0\t0\nGid:\t0\t0\t0\t0\n" SETS,
                                        "Name:\tx\n" IDS "CapPrm:\t0000000000000000\n"};
    struct ck_proc proc;

    (void)state; /* cmocka's signature */
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(texts[i][0] == '\0' || parse(texts[i], &proc) < 0);
}

static void the_same_is_all_that_credentials_are(void **state)
{
    struct ck_proc proc;
    struct ck_proc copy;
    struct ck_thread *thread = &copy.thread;

    (void)state; /* cmocka's signature */
    assert_int_equal(parse("Name:\tx\n" IDS "Groups:\t8 9\n" SETS, &proc), 0);
    copy = proc;
    thread->groups = copy.groups;
    assert_true(ck_proc_same(&proc, &copy));
    copy.groups[1] = 10;
    assert_false(ck_proc_same(&proc, &copy));
    copy = proc;
    thread->caps.ambient = 0;
    assert_false(ck_proc_same(&proc, &copy));
    copy = proc;
    thread->no_new_privs = true;
    assert_false(ck_proc_same(&proc, &copy));
    /* Another name is no other credential. */
    copy = proc;
    copy.comm[0] = 'y';
    assert_true(ck_proc_same(&proc, &copy));
}

/* --- words and times */

#define SCRIPT "echo; read -r line"

/* A shell that is executed with words of ours, among them SCRIPT, and ends when the pipe does. Returns once it runs:
 * the kernel closes descriptors at an exec before /proc has the new words. */
static pid_t start_child(const char *const words[], const char *const environment[], int *ret_pipe)
{
    int runs[2];
    int ends[2];
    char line_end;

    assert_int_equal(pipe2(runs, O_CLOEXEC), 0);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[0], STDIN_FILENO);  /* the shell would end at once */
        (void)dup2(runs[1], STDOUT_FILENO); /* the test would fail */
        (void)execve("/bin/sh", (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)environment);
        _exit(1);
    }
    assert_true(pid > 0);
    (void)close(ends[0]);
    (void)close(runs[1]);
    assert_int_equal(read(runs[0], &line_end, 1), 1);
    (void)close(runs[0]);
    *ret_pipe = ends[1];
    return pid;
}

static void end_child(pid_t pid, int end)
{
    (void)close(end);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void words_are_those_of_the_exec(void **state)
{
    const char *const words[] = {"meow", "-c", SCRIPT, "", "\xff b", NULL};
    const char *const environment[] = {"A=1", "B=", NULL};
    char **read;
    int end;
    pid_t pid = start_child(words, environment, &end);

    (void)state; /* cmocka's signature */
    assert_int_equal(ck_proc_read_words(pid, "cmdline", &read), 5);
    for (int i = 0; i < 5; i++)
        assert_string_equal(read[i], words[i]);
    assert_null(read[5]);
    free(read);
    assert_int_equal(ck_proc_read_words(pid, "environ", &read), 2);
    assert_string_equal(read[0], "A=1");
    assert_string_equal(read[1], "B=");
    free(read);
    end_child(pid, end);
    assert_true(ck_proc_read_words(pid, "cmdline", &read) < 0);
}

/* More than is read at once. */
static void a_long_word_is_whole(void **state)
{
    static char word[20000];
    const char *const words[] = {"meow", "-c", SCRIPT, word, NULL};
    const char *const environment[] = {NULL};
    char **read;
    int end;

    (void)state; /* cmocka's signature */
    memset(word, 'x', sizeof(word) - 1);
    pid_t pid = start_child(words, environment, &end);
    assert_int_equal(ck_proc_read_words(pid, "cmdline", &read), 4);
    assert_string_equal(read[3], word);
    free(read);
    end_child(pid, end);
}

static double seconds_since(struct timespec then, struct timespec now)
{
    return (double)(now.tv_sec - then.tv_sec) + (double)(now.tv_nsec - then.tv_nsec) / 1e9;
}

/* Whether the clock has been set meanwhile: it has gone on otherwise than that which nobody can set. */
static bool clock_was_set(const struct timespec before[2], const struct timespec after[2])
{
    double difference = seconds_since(before[0], after[0]) - seconds_since(before[1], after[1]);

    return difference < -0.01 || difference > 0.01;
}

static void read_clocks(struct timespec ret_clocks[2])
{
    (void)clock_gettime(CLOCK_REALTIME, &ret_clocks[0]); /* both are there */
    (void)clock_gettime(CLOCK_BOOTTIME, &ret_clocks[1]);
}

static void a_process_was_created_between_before_and_after(void **state)
{
    struct timespec before[2];
    struct timespec created;
    struct timespec after[2];
    const char *const words[] = {"a) b", "-c", SCRIPT, NULL};
    const char *const environment[] = {NULL};
    int end;

    (void)state; /* cmocka's signature */
    do {         /* also where we do not run between the two clocks */
        read_clocks(before);
        pid_t pid = start_child(words, environment, &end);
        assert_int_equal(ck_proc_read_start(pid, &created), 0);
        read_clocks(after);
        end_child(pid, end);
    } while (clock_was_set(before, after));
    /* The kernel counts whole hundredths; a clock that is being slewed may take one more. */
    assert_true(seconds_since(before[0], created) > -0.02 && seconds_since(created, after[0]) > -0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_counts_is_read),
        cmocka_unit_test(no_groups_are_none),
        cmocka_unit_test(more_groups_than_are_looked_at_do_no_harm),
        cmocka_unit_test(a_name_forges_nothing),
        cmocka_unit_test(what_is_not_all_there_is_refused),
        cmocka_unit_test(the_same_is_all_that_credentials_are),
        cmocka_unit_test(words_are_those_of_the_exec),
        cmocka_unit_test(a_long_word_is_whole),
        cmocka_unit_test(a_process_was_created_between_before_and_after),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
