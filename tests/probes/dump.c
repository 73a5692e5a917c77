/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program that launchers start: prints everything that an exec hands to a program, so that two runs can be
 * compared line by line. It prints no pid, address or time, and sets nothing. Exit status 0.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

extern char **environ;

static void print_link(const char *key, const char *path)
{
    char target[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof(target) - 1);

    target[length > 0 ? length : 0] = '\0';
    printf("%s:\t%s\n", key, target);
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void print_descriptors(void)
{
    int fds[256];
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");

    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < sizeof(fds) / sizeof(fds[0]);) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(directory))
            fds[count++] = fd;
    }
    closedir(directory);
    qsort(fds, count, sizeof(fds[0]), by_number);
    for (size_t i = 0; i < count; i++) {
        char key[32];
        char path[64];
        snprintf(key, sizeof(key), "Fd %d", fds[i]);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[i]);
        print_link(key, path);
    }
}

/* A line break in an argument or a variable must not look like a line of ours. */
static void print_text(const char *key, size_t index, const char *text)
{
    printf("%s[%zu]:\t", key, index);
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputs("\\n", stdout);
        else
            putchar(*text);
    }
    putchar('\n');
}

int main(int argc, char *argv[])
{
    mode_t mask = umask(0);

    umask(mask);
    state_print_task(stdout, "/proc/self");
    state_print_own(stdout);
    printf("Secure:\t%lu\n", getauxval(AT_SECURE));
    printf("Umask:\t%04o\n", mask);
    printf("Leads:\tsession=%d group=%d\n", getsid(0) == getpid(), getpgrp() == getpid());
    print_link("Exe", "/proc/self/exe");
    print_link("Cwd", "/proc/self/cwd");
    print_descriptors();
    for (int i = 0; i < argc; i++)
        print_text("Argv", (size_t)i, argv[i]);
    for (size_t i = 0; environ != NULL && environ[i] != NULL; i++)
        print_text("Env", i, environ[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
