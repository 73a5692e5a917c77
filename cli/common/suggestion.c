#include "suggestion.h"

#include <string.h>

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

bool ck_suggestion_is_shell(const char *path)
{
    static const char *const shells[] = {"sh",  "ash",  "bash", "busybox", "csh",  "dash", "fish",
                                         "ksh", "mksh", "posh", "rbash",   "tcsh", "yash", "zsh"};
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(name, shells[i]) == 0)
            return true;
    }
    return false;
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
