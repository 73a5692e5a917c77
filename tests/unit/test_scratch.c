/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that is there for the length of a call, and gone after it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shim/hot/scratch.h"

enum { SIZE = 10000 };

static void it_is_zero_and_can_be_written_to_its_end(void **state)
{
    static const char zero[SIZE];
    char *memory = ck_scratch_take(SIZE);

    (void)state; /* cmocka's signature */
    assert_non_null(memory);
    assert_memory_equal(memory, zero, SIZE);
    memset(memory, 'x', SIZE);
    ck_scratch_give_back(memory, SIZE);
}

static void what_is_given_back_is_not_mapped_any_more(void **state)
{
    unsigned char pages[16];
    void *memory = ck_scratch_take(SIZE);

    (void)state; /* cmocka's signature */
    assert_non_null(memory);
    assert_int_equal(mincore(memory, SIZE, pages), 0);
    ck_scratch_give_back(memory, SIZE);
    assert_int_equal(mincore(memory, SIZE, pages), -1);
    assert_int_equal(errno, ENOMEM);
}

/* An emulator in user mode maps as it likes, whatever the limit is. */
enum { NOT_LIMITED = 77 };

static void where_it_cannot_be_had_there_is_none(void **state)
{
    const struct rlimit none = {0, 0};
    int status;
    pid_t pid = fork();

    (void)state; /* cmocka's signature */
    if (pid == 0) {
        if (setrlimit(RLIMIT_AS, &none) != 0)
            _exit(2);
        void *memory = ck_scratch_take(SIZE);
        if (mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            _exit(NOT_LIMITED);
        ck_scratch_give_back(memory, SIZE); /* NULL as well */
        _exit(memory == NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_LIMITED)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_zero_and_can_be_written_to_its_end),
        cmocka_unit_test(what_is_given_back_is_not_mapped_any_more),
        cmocka_unit_test(where_it_cannot_be_had_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
