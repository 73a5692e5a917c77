/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "draft.h"

#include <ctype.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../shim/core/names.h"
#include "../../shim/core/policy_rule.h"
#include "../../shim/core/text.h"
#include "../common/exit.h"

/* A line of users is broken behind this; the keys add up. */
#define USERS_LINE 1000U

void ck_texts_add(struct ck_texts *texts, const char *text, size_t length)
{
    texts->items = ck_memory(reallocarray(texts->items, texts->count + 1, sizeof(*texts->items)));
    texts->items[texts->count++] = ck_memory(strndup(text, length));
}

void ck_texts_clear(struct ck_texts *texts)
{
    while (texts->count > 0)
        free(texts->items[--texts->count]);
    free(texts->items);
    texts->items = NULL;
}

void ck_draft_name(struct ck_draft *draft, const char *file, const char *suffix)
{
    const char *slash = strrchr(file, '/');
    const char *name = slash != NULL ? slash + 1 : file;
    size_t length = strlen(name);
    size_t suffix_length = strlen(suffix);

    if (length > suffix_length && strcmp(name + length - suffix_length, suffix) == 0)
        length -= suffix_length;
    (void)snprintf(draft->name, sizeof(draft->name), "%.*s", (int)(length < INT_MAX ? length : INT_MAX),
                   name); /* or cut */
    for (char *at = draft->name; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("@._-", *at) == NULL)
            *at = '_';
    }
}

static void print_users(const struct ck_texts *users, FILE *out)
{
    size_t used = 0;

    for (size_t i = 0; i < users->count; i++) {
        if (used == 0)
            fprintf(out, "%s=%s", ck_directive_key(CK_USER), users->items[i]);
        else
            fprintf(out, " %s", users->items[i]);
        used += strlen(users->items[i]) + 1;
        if (used > USERS_LINE || i + 1 == users->count) {
            fputc('\n', out);
            used = 0;
        }
    }
}

static void print_caps(enum ck_directive directive, uint64_t mask, FILE *out)
{
    char names[4096];
    struct ck_text text = ck_text_start(names, sizeof(names));

    ck_text_caps(&text, mask);
    fprintf(out, "%s=%s\n", ck_directive_key(directive), names);
}

void ck_draft_print(const struct ck_draft *draft, FILE *out)
{
    fprintf(out, "[Keep %s]\n", draft->name);
    print_users(&draft->users, out);
    for (size_t i = 0; i < draft->programs.count; i++)
        fprintf(out, "%s=%s\n", ck_directive_key(CK_PROGRAM), draft->programs.items[i]);
    if (draft->ambient_mask != 0)
        print_caps(CK_AMBIENT, draft->ambient_mask, out);
    if (draft->iab != NULL)
        fprintf(out, "%s=%s\n", ck_directive_key(CK_IAB), draft->iab);
    if (draft->has_bounding)
        print_caps(CK_BOUNDING, draft->bounding_mask, out);
    if (draft->no_new_privs)
        fprintf(out, "%s=yes\n", ck_directive_key(CK_NO_NEW_PRIVS));
}

/* --- what means the same here as there */

static bool is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

const char *ck_draft_why_no_user(const char *name, bool may_be_id)
{
    uid_t uid;

    if (*name == '\0' || strpbrk(name, " \t") != NULL)
        return "is not one user";
    if (strpbrk(name, "%$`\"'\\#*:/=,;()") != NULL)
        return "is no plain name";
    if (is_number(name) && !may_be_id)
        return "is a name there, and would be an ID here";
    if (is_number(name) && (ck_parse_uid(name, strlen(name), &uid) < 0 || (name[0] == '0' && name[1] != '\0')))
        return "is no user ID";
    const struct passwd *account = is_number(name) ? NULL : getpwnam(name);
    if ((account != NULL && account->pw_uid == 0) || strcmp(name, "root") == 0 || strcmp(name, "0") == 0)
        return "is root, who has its capabilities anyway";
    return NULL;
}

const char *ck_draft_why_no_program(const char *path)
{
    size_t length = strlen(path);

    if (path[0] != '/')
        return "is not an absolute path";
    if (length >= PATH_MAX)
        return "is longer than a path can be";
    if (path[length - 1] == '/')
        return "is a directory";
    if (strpbrk(path, "*?[") != NULL)
        return "has a wildcard";
    /* The value of a key ends with its last letter. */
    return isspace((unsigned char)path[length - 1]) ? "ends in a blank" : NULL;
}

/* A policy takes names without "cap_" as well, which for the others are none. */
int ck_draft_cap(const char *word, size_t length)
{
    int cap = ck_cap_from_text(word, length);
    const char *name = cap >= 0 ? ck_cap_name((unsigned)cap) : NULL;
    bool is_octal = word[0] == '0' && length > 1;

    if (name == NULL || is_octal)
        return -1;
    bool is_name = strlen(name) == length && strncasecmp(name, word, length) == 0;
    return is_name || strspn(word, "0123456789") >= length ? cap : -1;
}

/* One name with its marks; returns what is behind it, NULL where it is none. */
static const char *skip_iab_entry(const char *text)
{
    text += strspn(text, "!^%");
    size_t length = strcspn(text, ",");

    return ck_draft_cap(text, length) >= 0 ? text + length : NULL;
}

const char *ck_draft_why_no_iab(const char *text)
{
    const char *at = skip_iab_entry(text);

    while (at != NULL && *at == ',')
        at = skip_iab_entry(at + 1);
    return at == NULL ? "is not what cap_iab_from_text(3) reads: capabilities with cap_, separated by single commas"
                      : NULL;
}
