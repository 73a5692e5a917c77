/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a policy's path resolves to is what realpath(3) says, however the directories and the links of the way are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shim/cold/resolve.h"

#define LONG_NAME "a-name-that-makes-the-directory-longer-than-those-that-are-remembered"

#define CHAIN 45 /* path_resolution(7): 40 */

static const char *const directories[] = {"usr",          "usr/bin", "usr/lib",
                                          "alternatives", LONG_NAME, (LONG_NAME "/" LONG_NAME)};
static const char *const files[] = {"usr/bin/plain", "usr/lib/daemon", LONG_NAME "/" LONG_NAME "/file"};
static const struct {
    const char *name, *target; /* a target that begins with "@" begins with the tree */
} links[] = {
    {"bin", "usr/bin"},
    {"usr/bin/sibling", "plain"},
    {"usr/bin/relative", "../lib/daemon"},
    {"usr/bin/absolute", "@/usr/lib/daemon"},
    {"usr/bin/chosen", "@/alternatives/chosen"},
    {"alternatives/chosen", "@/bin/plain"},
    {"usr/bin/two", "sibling"},
    {"usr/bin/three", "two"},
    {"usr/bin/four", "three"},
    {"usr/bin/five", "four"},
    {"usr/bin/six", "five"},
    {"usr/bin/directory", "../lib"},
    {"usr/bin/itself", "."},
    {"usr/bin/above", ".."},
    {"usr/bin/slash", "../lib/"},
    {"usr/bin/dangling", "nothing"},
    {"usr/bin/astray", "@/nowhere/daemon"},
    {"usr/bin/loop", "loop"},
    {"usr/bin/through-file", "plain/x"},
    {"usr/bin/far", "@/" LONG_NAME "/" LONG_NAME "/file"},
    {"usr/bin/root", "/"},
    {"usr/bin/in-root", "/usr"},
};
/* Of the tree, beside what is in the lists above. */
static const char *const ways[] = {
    "bin/plain",       "bin/sibling",       "bin/chosen",         "bin/relative",     "usr/../bin/plain",
    "usr/bin/missing", "missing/plain",     "usr/bin/plain/x",    "usr/bin/",         "usr/bin/.",
    "usr/bin/..",      "usr/bin//plain",    "usr/bin/./sibling",  "usr/bin/loop/x",   "usr/bin/directory/daemon",
    "usr/bin/plain/",  "bin/../lib/daemon", "usr/bin/dangling/x", "usr/bin/sibling/",
};
static const char *const absolute[] = {"/", "/usr", "/usr/../usr", "/..", "/usr/../no-such-file", "/proc/self/exe"};

static char tree[64];

static char *in_tree(char place[PATH_MAX], const char *name)
{
    (void)snprintf(place, PATH_MAX, "%s/%s", tree, name); /* it fits */
    return place;
}

static int make_tree(void **state)
{
    char place[PATH_MAX];
    char target[PATH_MAX];

    (void)state;                                                       /* cmocka's signature */
    (void)snprintf(tree, sizeof(tree), "/tmp/capkeep-resolve.XXXXXX"); /* it fits */
    if (mkdtemp(tree) == NULL)
        return -1;
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        assert_int_equal(mkdir(in_tree(place, directories[i]), 0755), 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        int fd = open(in_tree(place, files[i]), O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        assert_true(fd >= 0);
        assert_int_equal(close(fd), 0);
    }
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        const char *to = links[i].target[0] == '@' ? in_tree(target, links[i].target + 2) : links[i].target;
        assert_int_equal(symlink(to, in_tree(place, links[i].name)), 0);
    }
    return 0;
}

static int remove_tree(void **state)
{
    char place[PATH_MAX];

    (void)state; /* as above */
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        assert_int_equal(unlink(in_tree(place, links[i].name)), 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(unlink(in_tree(place, files[i])), 0);
    for (size_t i = sizeof(directories) / sizeof(directories[0]); i-- > 0;)
        assert_int_equal(rmdir(in_tree(place, directories[i])), 0);
    return rmdir(tree);
}

static void compare(const struct ck_resolver *resolver, const char *path)
{
    char expected[PATH_MAX];
    char resolved[PATH_MAX] = "untouched";
    struct stat file;
    dev_t dev = 0;
    ino_t ino = 0;
    int result = resolver->path(resolver->context, path, resolved, &dev, &ino);

    if (realpath(path, expected) == NULL || stat(expected, &file) < 0) {
        if (result != -ENOENT)
            fail_msg("%s: %d, not absent", path, result);
        return;
    }
    if (result != 0 || strcmp(resolved, expected) != 0 || dev != file.st_dev || ino != file.st_ino)
        fail_msg("%s: %d, %s, not %s", path, result, resolved, expected);
}

static void each_path_is_what_realpath_says(void **state)
{
    struct ck_system system;
    const struct ck_resolver resolver = ck_system_resolver(&system);
    char place[PATH_MAX];

    (void)state; /* as above */
    /* The second time with what is known from the first, in another order. */
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
            compare(&resolver, in_tree(place, links[i].name));
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
            compare(&resolver, in_tree(place, ways[i]));
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
            compare(&resolver, in_tree(place, files[i]));
        for (size_t i = 0; i < sizeof(absolute) / sizeof(absolute[0]); i++)
            compare(&resolver, absolute[i]);
    }
}

/* The same text is looked at in one directory, and not for another whose name it begins with. */
static void a_known_directory_is_not_another(void **state)
{
    struct ck_system system;
    const struct ck_resolver resolver = ck_system_resolver(&system);
    char place[PATH_MAX];

    (void)state; /* as above */
    compare(&resolver, in_tree(place, "usr/bin/plain"));
    compare(&resolver, in_tree(place, "usr/b/plain"));
    compare(&resolver, in_tree(place, "usr/bin2/plain"));
    compare(&resolver, in_tree(place, "usr/lib/plain"));
}

/* A path that no kernel follows names nothing, and so must not lead a rule anywhere. */
static void a_chain_is_as_long_as_the_kernel_allows(void **state)
{
    struct ck_system system;
    const struct ck_resolver resolver = ck_system_resolver(&system);
    char name[64] = "usr/bin/plain";
    char last[PATH_MAX];
    char place[PATH_MAX];

    (void)state; /* as above */
    for (unsigned i = 0; i < CHAIN; i++) {
        (void)in_tree(last, name);
        (void)snprintf(name, sizeof(name), "usr/bin/link%u", i); /* it fits */
        assert_int_equal(symlink(last, in_tree(place, name)), 0);
        compare(&resolver, place);
    }
    for (unsigned i = 0; i < CHAIN; i++) {
        (void)snprintf(name, sizeof(name), "usr/bin/link%u", i); /* as above */
        assert_int_equal(unlink(in_tree(place, name)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_path_is_what_realpath_says),
        cmocka_unit_test(a_known_directory_is_not_another),
        cmocka_unit_test(a_chain_is_as_long_as_the_kernel_allows),
    };

    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
