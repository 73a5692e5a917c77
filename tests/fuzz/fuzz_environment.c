/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The environment of a launcher, variable by variable (NUL separates them), through the loader itself. Accounts and
 * paths are the fuzzer's; a file that CAPKEEP_POLICY names contains what a variable FILE= says.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/cold/load.h"
#include "../../shim/cold/trust.h"
#include "../../shim/hot/sys.h"
#include "fuzz.h"

#define VARIABLES_MAX 64

/* In the place of cold/trust.c: no file of the system is read. */
int ck_trust_read(const char *path, const struct ck_trust_folder *folder, uid_t owner, char **ret_text,
                  size_t *ret_length, struct ck_parse_error *ret_error)
{
    const char *text = getenv("FILE");

    (void)folder;
    (void)owner;
    if (text == NULL)
        return -ENOENT;
    if (path[0] != '/') {
        (void)ck_parse_fail(ret_error, "not an absolute path", NULL); /* the result is the next line's */
        return -EINVAL;
    }
    *ret_text = strdup(text);
    *ret_length = strlen(text);
    FUZZ_REQUIRE(*ret_text != NULL);
    return 0;
}

int ck_trust_open(const char *path, uid_t owner, struct ck_trust_folder *ret_folder, struct ck_parse_error *ret_error)
{
    (void)path;
    (void)owner;
    (void)ret_folder;
    (void)ret_error;
    return -ENOENT;
}

void ck_trust_close(struct ck_trust_folder *folder)
{
    (void)folder;
    FUZZ_REQUIRE(false); /* none was opened */
}

/* In the place of the C library's, for cold/resolve.c alone (see meson.build). */
int fuzz_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found);
char *fuzz_realpath(const char *path, char *resolved);

int fuzz_getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **ret_found)
{
    (void)buffer;
    (void)size;
    int result = fuzz_resolver.user(NULL, name, &entry->pw_uid);
    *ret_found = result == 0 ? entry : NULL;
    return result == -ENOENT ? 0 : -result;
}

/* What is there is the root, which the loader then looks at. */
char *fuzz_realpath(const char *path, char *resolved)
{
    dev_t dev;
    ino_t ino;

    errno = -fuzz_resolver.path(NULL, path, resolved, &dev, &ino);
    return errno == 0 ? strcpy(resolved, "/") : NULL;
}

/* A link that is found there is none that could be read: all of its path is looked up, as above. */
ssize_t ck_sys_readlink(const char *path, char *buffer, size_t size)
{
    (void)path;
    (void)buffer;
    (void)size;
    return -EINVAL;
}

static const char *find_executable(void *context)
{
    (void)context; /* none */
    return "/usr/sbin/start-stop-daemon";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ck_report report = fuzz_report();
    char *variables[VARIABLES_MAX + 1];
    char **own = environ;
    char *text = fuzz_text(data, size);
    size_t count = 0;

    for (size_t at = 0; at < size && count < VARIABLES_MAX; at += strlen(text + at) + 1)
        variables[count++] = text + at;
    variables[count] = NULL;
    struct ck_load load = {
        .find_executable = find_executable,
        .is_own = true,
        .ignores_environment = size > 0 && data[size - 1] == 'S',
        .policy = fuzz_empty_policy(),
        .report = &report,
    };
    environ = variables;
    int result = ck_load_policy(&load);
    environ = own;
    free(text);
    FUZZ_REQUIRE((result < 0) == (report.count > 0));
    if (result >= 0) {
        FUZZ_REQUIRE((uint32_t)result == load.policy->rule_count);
        fuzz_check_policy(load.policy);
    }
    /* An environment that is ignored names no file. */
    FUZZ_REQUIRE(!load.ignores_environment || result == 0 || getenv("FILE") == NULL);
    return 0;
}
