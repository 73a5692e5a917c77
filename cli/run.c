#include "run.h"

#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../shim/core/environ_rewrite.h"
#include "../shim/cold/load.h"
#include "../shim/hot/sys.h"

/* Each option that is a variable of the shim's policy. */
static const struct {
    int option;
    const char *variable;
} variables[] = {
    {'a', "CAPKEEP_AMBIENT"}, {'b', "CAPKEEP_BOUNDING"}, {'n', "CAPKEEP_NO_NEW_PRIVS"}, {'U', "CAPKEEP_USER"},
    {'P', "CAPKEEP_PROGRAM"}, {'L', "CAPKEEP_LAUNCHER"}, {'f', "CAPKEEP_ON_FAILURE"},   {'l', "CAPKEEP_LOG"},
};

static const struct option options[] = {
    {"ambient", required_argument, NULL, 'a'},
    {"bounding", required_argument, NULL, 'b'},
    {"no-new-privs", no_argument, NULL, 'n'},
    {"for-user", required_argument, NULL, 'U'},
    {"for-program", required_argument, NULL, 'P'},
    {"for-launcher", required_argument, NULL, 'L'},
    {"on-failure", required_argument, NULL, 'f'},
    {"log", required_argument, NULL, 'l'},
    {NULL, 0, NULL, 0},
};

/* -a replaces the whole rule of the caller's environment: a forgotten CAPKEEP_USER must not narrow or widen it. */
static void forget_rule(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        if (variables[i].option != 'l')
            unsetenv(variables[i].variable);
    }
}

static int read_options(int argc, char *argv[], const char *values['z' + 1])
{
    int option;

    while ((option = getopt_long(argc, argv, "+a:b:", options, NULL)) != -1) {
        if (option == '?')
            return CK_EXIT_FAILED; /* getopt has said what is wrong */
        values[option] = option == 'n' ? "yes" : optarg;
    }
    return 0;
}

/*
 * The shim's own loader judges the policy, so that a mistake is told before anything starts and no two opinions exist
 * of what is one. A library that keeps nothing lets the launcher run on; the front door does not.
 */
static int check_policy(void)
{
    static struct ck_policy policy;
    static struct ck_state state;
    struct ck_parse_error error;
    struct ck_capset caps;

    if (ck_load_log(&state, &error) < 0 || ck_load_environment("", &policy, &error) < 0) {
        fprintf(stderr, "capkeep: %s\n", error.text);
        return CK_EXIT_FAILED;
    }
    if (policy.rule_count == 0) {
        fputs("capkeep: nothing to keep: give -a CAPS or set CAPKEEP_AMBIENT\n", stderr);
        return CK_EXIT_FAILED;
    }
    if (ck_sys_capget(&caps) < 0 || (caps.permitted & policy.rules[0].ambient_mask) == 0) {
        fputs("capkeep: none of the capabilities to keep is permitted here, so none could be kept\n", stderr);
        return CK_EXIT_FAILED;
    }
    return 0;
}

/* Beside the build's own command lies the build's own library; an installed command uses the installed one. */
static const char *find_library(char path[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length > 0) {
        self[length] = '\0';
        char *slash = strrchr(self, '/');
        if (slash != NULL && slash - self < PATH_MAX - 64) {
            *slash = '\0';
            strcpy(path, self);
            strcat(path, "/../shim/" CK_LIBRARY_NAME);
            char *resolved = realpath(path, NULL);
            if (resolved != NULL) {
                strcpy(path, resolved);
                free(resolved);
                return path;
            }
        }
    }
    return CK_LIBRARY;
}

/*
 * ld.so ignores a preload that it cannot load, which would silently keep nothing; so it is loaded here first, switched
 * off. A path with one of ld.so's own separators cannot be preloaded at all.
 */
static int check_library(const char *library)
{
    if (strpbrk(library, " :") != NULL) {
        fprintf(stderr, "capkeep: %s: a path with a blank or a colon cannot be preloaded\n", library);
        return CK_EXIT_FAILED;
    }
    setenv("CAPKEEP_DISABLE", "1", 1);
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    unsetenv("CAPKEEP_DISABLE");
    if (handle != NULL)
        return 0;
    fprintf(stderr, "capkeep: the library cannot be loaded: %s\n", dlerror());
    return CK_EXIT_FAILED;
}

static int set_preload(const char *library)
{
    const char *old = getenv("LD_PRELOAD");
    char *value = NULL;

    if (asprintf(&value, "%s%s%s", library, old != NULL && *old != '\0' ? ":" : "", old != NULL ? old : "") < 0)
        return CK_EXIT_FAILED;
    int result = setenv("LD_PRELOAD", value, 1);
    free(value);
    return result == 0 ? 0 : CK_EXIT_FAILED;
}

static int set_policy(const char *values['z' + 1])
{
    if (values['a'] != NULL)
        forget_rule();
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = values[variables[i].option];
        if (value != NULL && setenv(variables[i].variable, value, 1) < 0)
            return CK_EXIT_FAILED;
    }
    return 0;
}

int ck_run(int argc, char *argv[])
{
    const char *values['z' + 1] = {NULL};
    char path[PATH_MAX];

    if (read_options(argc, argv, values) != 0)
        return CK_EXIT_FAILED;
    if (optind == argc) {
        fputs("capkeep: run: which COMMAND?\n", stderr);
        return CK_EXIT_FAILED;
    }
    if (geteuid() != 0) {
        fputs("capkeep: only a launcher that starts as root has something to keep; run this as root\n", stderr);
        return CK_EXIT_FAILED;
    }
    const char *library = find_library(path);
    if (set_policy(values) != 0 || check_policy() != 0 || check_library(library) != 0 || set_preload(library) != 0)
        return CK_EXIT_FAILED;
    execvp(argv[optind], argv + optind);
    int error = errno;
    fprintf(stderr, "capkeep: %s: %s\n", argv[optind], strerror(error));
    return error == ENOENT ? CK_EXIT_NOT_FOUND : CK_EXIT_NOT_EXECUTABLE;
}
