/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "interleave_record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number behind `key`, which begins a line; each further one by a further call with NULL. */
static const char *read_number(const char *text, const char *key, unsigned base, uint64_t *ret_number)
{
    const char *at = key != NULL ? strstr(text, key) : text;

    *ret_number = 0;
    if (at == NULL)
        return NULL;
    at += key != NULL ? strlen(key) : 0;
    while (*at == ' ' || *at == '\t')
        at++;
    for (;; at++) {
        unsigned digit = *at >= 'a' && *at <= 'f' ? (unsigned)(*at - 'a') + 10 : (unsigned)(*at - '0');
        if (digit >= base)
            return at;
        *ret_number = *ret_number * base + digit;
    }
}

static ssize_t read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

char interleave_run_state(pid_t pid, pid_t thread)
{
    char path[64];
    char text[256];

    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, thread);
    (void)read_file(path, text, sizeof(text));
    const char *at = strrchr(text, ')');
    return at != NULL ? at[2] : '\0';
}

int interleave_state_read(const char *path, struct interleave_state *ret_state)
{
    char text[4096];

    if (read_file(path, text, sizeof(text)) <= 0)
        return -1;
    const char *at = read_number(text, "\nUid:", 10, &ret_state->uids[0]);
    for (int i = 1; i < 4 && at != NULL; i++)
        at = read_number(at, NULL, 10, &ret_state->uids[i]);
    read_number(text, "\nCapPrm:", 16, &ret_state->permitted);
    read_number(text, "\nCapEff:", 16, &ret_state->effective);
    read_number(text, "\nCapInh:", 16, &ret_state->inheritable);
    read_number(text, "\nCapAmb:", 16, &ret_state->ambient);
    read_number(text, "\nCapBnd:", 16, &ret_state->bounding);
    read_number(text, "\nNoNewPrivs:", 10, &ret_state->no_new_privs);
    read_number(text, "\nSigBlk:", 16, &ret_state->blocked);
    return at != NULL ? 0 : -1;
}
