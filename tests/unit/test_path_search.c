/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The search along PATH at its limits: an entry of 4,095 bytes and a name of 255. The wrappers' own source, compiled with
 * AddressSanitizer where there is one, and with a page that must not be touched behind what is mapped for them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/mman.h>

#include "../../shim/entry/old.h"

/* Nothing is exported here. */
#undef CK_EXPORT_OLD
#define CK_EXPORT_OLD(function, name, version) _Static_assert(true, version)

/* NOLINTBEGIN(bugprone-suspicious-include): what is tested is static there, or exported */
#include "../../shim/entry/exec_call.c"
#include "../../shim/entry/wrap_exec.c"
#include "../../shim/entry/wrap_spawn.c"
/* NOLINTEND(bugprone-suspicious-include) */

/* --- what stands around them */

struct ck_sealed ck_sealed;

void ck_entry_start(void)
{
}

bool ck_funnel_exec_matters(const struct ck_state *state, const char *name, char *const *envp)
{
    (void)name; /* all of it matters */
    (void)envp;
    return state->armed;
}

int ck_funnel_exec_begin(const struct ck_state *state, const char *call, const struct ck_target *target,
                         char *const *argv, char *const *envp, unsigned how, struct ck_exec *ret_exec)
{
    (void)target; /* and nothing is done */
    (void)argv;
    (void)envp;
    *ret_exec = (struct ck_exec){.state = state, .call = call, .how = how, .need = {.same = true}};
    return 0;
}

bool ck_funnel_exec_go(struct ck_exec *exec)
{
    return !exec->is_begun;
}

void ck_funnel_exec_end(struct ck_exec *exec)
{
    (void)exec; /* as above */
}

enum { GUARD = 65536 };

/* What lies behind the last byte may not be touched. */
void *ck_scratch_take(size_t size)
{
    char *memory = mmap(NULL, (size_t)2 * GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED && size <= GUARD);
    assert_int_equal(mprotect(memory + GUARD, GUARD, PROT_NONE), 0);
    return memory + GUARD - size;
}

void ck_scratch_give_back(void *memory, size_t size)
{
    assert_int_equal(munmap((char *)memory + size - GUARD, (size_t)2 * GUARD), 0);
}

static char tried[3 * PATH_MAX];
static unsigned tries;

static int note_execve(const char *path, char *const argv[], char *const envp[])
{
    (void)argv; /* the path alone is of interest */
    (void)envp;
    tries++;
    memcpy(tried, path, strlen(path) + 1);
    errno = ENOENT;
    return -1;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the signature is posix_spawn's */
static int note_spawn(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    (void)pid; /* as above */
    (void)actions;
    (void)attributes;
    (void)argv;
    (void)envp;
    tries++;
    memcpy(tried, file, strlen(file) + 1);
    return ENOENT;
}

/* --- the limits */

static char *args[] = {(char *)"zero", NULL};

/* A text of so many of that letter, after `before`. */
static char *letters(const char *before, char letter, size_t count)
{
    static char texts[2][3 * PATH_MAX];
    static unsigned next;
    char *text = texts[next++ % 2];
    size_t length = strlen(before);

    memcpy(text, before, length);
    memset(text + length, letter, count);
    text[length + count] = '\0';
    return text;
}

static void set_path(char *path)
{
    static char *variables[2];

    variables[0] = path;
    environ = variables;
    tries = 0;
    tried[0] = '\0';
}

static void an_entry_and_a_name_of_greatest_length(void **state)
{
    (void)state; /* cmocka's signature */
    for (size_t entry = PATH_MAX - 2; entry < PATH_MAX; entry++) {
        set_path(letters("PATH=", 'd', entry));
        char *name = letters("", 'f', NAME_MAX);
        assert_int_equal(execvp(name, args), -1);
        assert_int_equal(tries, 1);
        assert_int_equal(strlen(tried), entry + 1 + NAME_MAX);
        assert_true(tried[entry] == '/' && tried[entry + 1] == 'f' && tried[entry - 1] == 'd');
        assert_int_equal(execvpe(name, args, environ), -1);
        assert_int_equal(execlp(name, args[0], (char *)NULL), -1);
        assert_int_equal(posix_spawnp(NULL, name, NULL, NULL, args, environ), ENOENT);
        assert_string_equal(tried, name);
    }
}

static void an_entry_that_is_longer_is_passed_over(void **state)
{
    (void)state; /* cmocka's signature */
    set_path(letters("PATH=", 'd', PATH_MAX));
    char *name = letters("", 'f', NAME_MAX);
    assert_int_equal(execvp(name, args), -1);
    assert_int_equal(tries, 0);
    assert_int_equal(posix_spawnp(NULL, name, NULL, NULL, args, environ), ENOENT);
}

static void a_name_that_is_longer_is_not_looked_for(void **state)
{
    (void)state; /* cmocka's signature */
    set_path(letters("PATH=", 'd', PATH_MAX - 1));
    char *name = letters("", 'f', NAME_MAX + 1);
    assert_int_equal(execvp(name, args), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(tries, 0);
    assert_int_equal(posix_spawnp(NULL, name, NULL, NULL, args, environ), ENOENT);
}

static void an_empty_entry_is_the_working_directory(void **state)
{
    (void)state; /* cmocka's signature */
    set_path((char *)"PATH=");
    char *name = letters("", 'f', NAME_MAX);
    assert_int_equal(execvp(name, args), -1);
    assert_string_equal(tried, name);
    assert_int_equal(posix_spawnp(NULL, name, NULL, NULL, args, environ), ENOENT);
}

int main(void)
{
    static struct ck_real_calls real;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_and_a_name_of_greatest_length),
        cmocka_unit_test(an_entry_that_is_longer_is_passed_over),
        cmocka_unit_test(a_name_that_is_longer_is_not_looked_for),
        cmocka_unit_test(an_empty_entry_is_the_working_directory),
    };

    real.__errno_location = __errno_location;
    real.execve = note_execve;
    real.posix_spawnp = note_spawn;
    memcpy(ck_sealed.state.real, &real, sizeof(real));
    ck_sealed.state.ready = ck_sealed.state.armed = ck_sealed.state.glibc = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
