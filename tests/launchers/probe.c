/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program that the launchers of the end-to-end tests start: writes what the kernel says of it to the file named by
 * its last argument. Written beside it and renamed, so that a test never reads half of it.
 *
 * Lines are "Key:<tab>value" as in /proc/self/status, which stands first; then AT_SECURE, one "Env:" line for each
 * variable and one "Fd:" line for each open descriptor.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static int copy_status(FILE *to)
{
    char line[4096];
    FILE *from = fopen("/proc/self/status", "re");

    if (from == NULL)
        return -1;
    while (fgets(line, sizeof(line), from) != NULL)
        fputs(line, to);
    return fclose(from);
}

static void write_environment(FILE *to)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        /* A value may hold line ends; what follows the first must not look like a line of ours. */
        fprintf(to, "Env:\t%.*s\n", (int)strcspn(*variable, "\n"), *variable);
    }
}

static void write_descriptors(FILE *to)
{
    int own = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = own >= 0 ? fdopendir(own) : NULL;
    const struct dirent *entry;

    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL) {
        int fd = (int)strtol(entry->d_name, NULL, 10);
        char target[4096];
        ssize_t length = readlinkat(own, entry->d_name, target, sizeof(target) - 1);

        if (length < 0 || fd == own || fd == fileno(to))
            continue;
        target[length] = '\0';
        fprintf(to, "Fd:\t%d\t%s\n", fd, target);
    }
    closedir(directory);
}

int main(int argc, char *argv[])
{
    char temporary[4096];

    if (argc < 2) {
        fprintf(stderr, "usage: probe FILE\n");
        return 2;
    }
    const char *file = argv[argc - 1];
    snprintf(temporary, sizeof(temporary), "%s.%ld", file, (long)getpid());
    FILE *to = fopen(temporary, "wxe");
    if (to == NULL || copy_status(to) != 0) {
        perror(temporary);
        if (to != NULL)
            fclose(to);
        return 1;
    }
    fprintf(to, "Secure:\t%lu\n", getauxval(AT_SECURE));
    write_environment(to);
    write_descriptors(to);
    if (fclose(to) != 0 || rename(temporary, file) != 0) {
        perror(file);
        return 1;
    }
    return 0;
}
