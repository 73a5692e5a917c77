/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convert_from.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "../common/exit.h"
#include "draft.h"
#include "input.h"

#define DELIMITERS " \t"

/* pam_cap reads this much of a line, and takes the rest for the next one. */
#define LINE_MAX_OF_PAM_CAP 4095U

/* A line that is no comment. */
struct line {
    unsigned number;
    char *caps;
    struct ck_texts who; /* names, "@GROUP", "*" */
    struct ck_texts users;
};

/* Somebody whom a line names, by name or by a group. */
struct user {
    char *name;
    uid_t uid;
    bool is_known;
    size_t first; /* the line that counts for it */
};

struct conf {
    struct ck_conversion *conversion;
    struct line *lines;
    size_t line_count;
    struct user *users;
    size_t user_count;
};

static bool is_everybody(const char *word)
{
    return strcmp(word, "*") == 0;
}

static bool is_group(const char *word)
{
    return word[0] == '@';
}

/* --- what the file says */

static void read_line(struct conf *conf, unsigned number, char *text)
{
    char *rest = NULL;
    struct line line = {.number = number};

    /* Also a comment: its rest would be a line. */
    if (strlen(text) > LINE_MAX_OF_PAM_CAP)
        ck_conversion_fail(conf->conversion, number, "longer than the 4095 letters of a line that pam_cap reads");
    line.caps = strtok_r(text, DELIMITERS, &rest);
    if (line.caps == NULL || line.caps[0] == '#')
        return;
    for (char *word; (word = strtok_r(NULL, DELIMITERS, &rest)) != NULL;)
        ck_texts_add(&line.who, word, strlen(word));
    conf->lines = ck_memory(reallocarray(conf->lines, conf->line_count + 1, sizeof(*conf->lines)));
    conf->lines[conf->line_count++] = line;
}

static void add_user(struct conf *conf, const char *name)
{
    const struct passwd *account = getpwnam(name);

    for (size_t i = 0; i < conf->user_count; i++) {
        if (strcmp(conf->users[i].name, name) == 0)
            return;
    }
    conf->users = ck_memory(reallocarray(conf->users, conf->user_count + 1, sizeof(*conf->users)));
    conf->users[conf->user_count++] = (struct user){
        .name = ck_memory(strdup(name)),
        .uid = account != NULL ? account->pw_uid : 0,
        .is_known = account != NULL,
        .first = SIZE_MAX,
    };
}

/* Those that it lists, and those whose own group it is. */
static void add_group(struct conf *conf, const struct line *line, const char *name)
{
    const struct group *group = getgrnam(name);

    if (group == NULL) {
        ck_conversion_fail(conf->conversion, line->number, "there is no group \"%s\" here", name);
        return;
    }
    gid_t gid = group->gr_gid;
    for (char **member = group->gr_mem; *member != NULL; member++) {
        if (getpwnam(*member) != NULL) /* nobody else can log in */
            add_user(conf, *member);
    }
    setpwent();
    for (const struct passwd *account; (account = getpwent()) != NULL;) {
        if (account->pw_gid == gid)
            add_user(conf, account->pw_name);
    }
    endpwent();
}

static bool is_root(const char *name)
{
    const struct passwd *account = getpwnam(name);

    return strcmp(name, "root") == 0 || (account != NULL && account->pw_uid == 0);
}

static void add_all_users(struct conf *conf)
{
    for (size_t i = 0; i < conf->line_count; i++) {
        const struct line *line = &conf->lines[i];

        for (size_t j = 0; j < line->who.count; j++) {
            const char *word = line->who.items[j];
            const char *why = !is_group(word) && !is_everybody(word) ? ck_draft_why_no_user(word, false) : NULL;

            if (is_group(word))
                add_group(conf, line, word + 1);
            else if (why != NULL && !is_root(word))
                ck_conversion_fail(conf->conversion, line->number, "\"%s\" %s", word, why);
            else if (!is_everybody(word))
                add_user(conf, word);
        }
    }
}

/* --- which line counts for whom */

static bool is_in_group(const struct user *user, const char *group_name)
{
    const struct group *group = getgrnam(group_name);
    gid_t gid = group != NULL ? group->gr_gid : 0;
    const struct passwd *account = getpwnam(user->name);
    bool found = false;
    int count = 0;

    if (group == NULL || account == NULL)
        return false;
    gid_t own = account->pw_gid;
    (void)getgrouplist(user->name, own, NULL, &count); /* it fails, and says how many there are */
    gid_t *groups = ck_memory(calloc((size_t)count + 1, sizeof(*groups)));
    if (getgrouplist(user->name, own, groups, &count) < 0)
        count = 0; /* they have changed meanwhile: pam_cap would see nobody */
    for (int i = 0; i < count; i++)
        found |= groups[i] == gid;
    free(groups);
    return found;
}

/* As read_capabilities_for_user of pam_cap.c does: the first line that matches, whatever it gives. */
static void find_first_line(struct conf *conf, struct user *user)
{
    for (size_t i = 0; i < conf->line_count; i++) {
        const struct line *line = &conf->lines[i];

        for (size_t j = 0; j < line->who.count; j++) {
            const char *word = line->who.items[j];

            if (is_group(word) && !user->is_known)
                ck_conversion_fail(conf->conversion, line->number,
                                   "whether it is for \"%s\" cannot be told: there is no such user here", user->name);
            if (is_everybody(word) || strcmp(word, user->name) == 0 ||
                (is_group(word) && is_in_group(user, word + 1))) {
                user->first = i;
                return;
            }
        }
    }
}

/* Rules are for IDs: two accounts with the same one would both get what one of them is to have. */
static void check_same_ids(struct conf *conf)
{
    for (size_t i = 0; i < conf->user_count; i++) {
        const struct user *user = &conf->users[i];

        for (size_t j = 0; j < i; j++) {
            const struct user *other = &conf->users[j];

            if (!user->is_known || !other->is_known || user->uid != other->uid || user->first == other->first)
                continue;
            ck_conversion_fail(conf->conversion, conf->lines[user->first].number,
                               "\"%s\" and \"%s\" have the same user ID, and different lines", other->name, user->name);
        }
    }
}

static void assign(struct conf *conf)
{
    for (size_t i = 0; i < conf->user_count; i++) {
        struct user *user = &conf->users[i];

        find_first_line(conf, user);
        if (user->first != SIZE_MAX && !is_root(user->name))
            ck_texts_add(&conf->lines[user->first].users, user->name, strlen(user->name));
    }
    check_same_ids(conf);
}

/* --- the rules */

static bool gives_nothing(const struct line *line)
{
    return strcmp(line->caps, "none") == 0;
}

/* Whether one of whom it is for is such a word. */
static bool has_word(const struct line *line, bool (*is)(const char *word))
{
    for (size_t i = 0; i < line->who.count; i++) {
        if (is(line->who.items[i]))
            return true;
    }
    return false;
}

static void check_caps(struct conf *conf, const struct line *line)
{
    const char *why = ck_draft_why_no_iab(line->caps);

    if (strcmp(line->caps, "all") == 0)
        ck_conversion_fail(conf->conversion, line->number, "\"all\": a rule names what it keeps");
    else if (!gives_nothing(line) && why != NULL)
        ck_conversion_fail(conf->conversion, line->number, "\"%s\" %s", line->caps, why);
}

/* Returns whether it gives something to somebody. */
static bool print_line(struct conf *conf, const struct line *line, bool is_first)
{
    struct ck_draft draft = {.iab = line->caps, .users = line->users};

    if (gives_nothing(line)) {
        fprintf(conf->conversion->out, "# Line %u keeps nothing.\n", line->number);
        return false;
    }
    if (has_word(line, is_everybody) && !is_first) {
        ck_conversion_fail(conf->conversion, line->number,
                           "\"*\" is for all users that no line above names, and a rule cannot exclude those");
        return true;
    }
    if (has_word(line, is_everybody))
        draft.users = (struct ck_texts){0};
    else if (line->users.count == 0) {
        fprintf(conf->conversion->out, "# Line %u is for nobody: no user but root is left for it here.\n",
                line->number);
        return false;
    }
    if (draft.users.count > 0 && has_word(line, is_group))
        fprintf(conf->conversion->out, "# Line %u is for a group: these are its members as of now.\n", line->number);
    (void)snprintf(draft.name, sizeof(draft.name), "pam_cap-%u", line->number); /* it fits */
    ck_draft_print(&draft, conf->conversion->out);
    return true;
}

static void print_rules(struct conf *conf)
{
    bool is_any = false;

    for (size_t i = 0; i < conf->line_count; i++) {
        const struct line *line = &conf->lines[i];

        check_caps(conf, line);
        is_any |= print_line(conf, line, i == 0);
        if (!has_word(line, is_everybody))
            continue;
        if (i + 1 < conf->line_count)
            fprintf(conf->conversion->out, "# No line below line %u counts: that one is for everybody.\n",
                    line->number);
        break;
    }
    if (!is_any && conf->conversion->failures == 0)
        ck_conversion_fail(conf->conversion, 0, "no line gives anything to anybody, so there is nothing to keep");
}

static void free_conf(struct conf *conf)
{
    for (size_t i = 0; i < conf->line_count; i++) {
        ck_texts_clear(&conf->lines[i].who);
        ck_texts_clear(&conf->lines[i].users);
    }
    for (size_t i = 0; i < conf->user_count; i++)
        free(conf->users[i].name);
    free(conf->lines);
    free(conf->users);
}

void ck_convert_from_pam_cap(struct ck_conversion *conversion, const char *file, char *text)
{
    struct conf conf = {.conversion = conversion};
    unsigned number = 0;

    (void)file; /* a rule has its line's name */
    for (char *line; (line = ck_input_line(&text)) != NULL;)
        read_line(&conf, ++number, line);
    add_all_users(&conf);
    assign(&conf);
    print_rules(&conf);
    free_conf(&conf);
}
