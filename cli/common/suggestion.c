/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "suggestion.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/names.h"
#include "rootlike.h"
#include "users.h"

const char *ck_suggestion_user(uid_t uid)
{
    static char number[16];
    const char *name = ck_users_name(uid);

    if (name != NULL)
        return name;
    (void)snprintf(number, sizeof(number), "%u", uid); /* it fits */
    return number;
}

void ck_suggestion_print_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+@%-";

    if (*word != '\0' && strspn(word, plain) == strlen(word)) {
        fprintf(out, " %s", word);
        return;
    }
    bool has_control = false;
    for (const char *c = word; *c != '\0'; c++)
        has_control |= (unsigned char)*c < ' ' || *c == 0x7f;
    fputs(has_control ? " $'" : " '", out);
    for (const char *c = word; *c != '\0'; c++) {
        if (!has_control && *c == '\'')
            fputs("'\\''", out);
        else if (has_control && (*c == '\'' || *c == '\\'))
            fprintf(out, "\\%c", *c);
        else if ((unsigned char)*c < ' ' || *c == 0x7f)
            fprintf(out, "\\x%02x", (unsigned char)*c);
        else
            fputc(*c, out);
    }
    fputc('\'', out);
}

bool ck_suggestion_can_name(const char *path)
{
    size_t length = strlen(path);

    for (const char *c = path; *c != '\0'; c++) {
        /* inih takes the rest for a comment; "*" stands for all files of a directory. */
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '*' || (*c == ' ' && (c[1] == ';' || c[1] == '#')))
            return false;
    }
    return path[0] == '/' && path[length - 1] != ' ';
}

static bool is_same_file(const char *path, const struct stat *file)
{
    struct stat other;

    return stat(path, &other) == 0 && other.st_dev == file->st_dev && other.st_ino == file->st_ino;
}

void ck_suggestion_unversioned(const char *path, char *ret_path, size_t size)
{
    size_t length = (size_t)snprintf(ret_path, size, "%s", path);
    struct stat file;

    if (length >= size || stat(path, &file) < 0)
        return;
    /* From the longest: "python3.1", "python3.", "python3", … */
    while (length > 0 && strchr("0123456789.-", ret_path[length - 1]) != NULL) {
        ret_path[--length] = '\0';
        if (is_same_file(ret_path, &file))
            return;
    }
    (void)snprintf(ret_path, size, "%s", path); /* it fitted above */
}

void ck_suggestion_print_section(FILE *out, const char *name, unsigned number)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

    fputs("[Keep ", out);
    for (const char *c = name; *c != '\0'; c++)
        fputc(strchr(plain, *c) != NULL ? *c : '_', out);
    if (number > 1)
        fprintf(out, "-%u", number);
    fputs("]\n", out);
}

void ck_suggestion_print_warnings(FILE *out, uint64_t mask)
{
    while (mask != 0) {
        unsigned cap = ck_cap_take_lowest(&mask);
        const char *why = ck_rootlike_why(cap);

        if (why != NULL)
            fprintf(out, "# warning: %s amounts to root: %s\n", ck_cap_name(cap), why);
    }
}
