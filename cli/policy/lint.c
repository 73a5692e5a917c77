/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lint.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../model/file_caps.h"
#include "../../shim/cold/trust.h"
#include "../../shim/core/capset.h"
#include "../../shim/core/elf_head.h"
#include "../../shim/core/policy_match.h"
#include "../../shim/core/shebang.h"
#include "../../shim/core/text.h"
#include "../../shim/hot/creds_read.h"
#include "../../trace/proc/file.h"
#include "../common/rootlike.h"
#include "../common/shell.h"

struct lint {
    const struct ck_policy *policy;
    const struct ck_rule *rule; /* the one that is looked at */
    ck_lint_say *say;
    unsigned count;
};

__attribute__((format(printf, 2, 3))) static void warn(struct lint *lint, const char *format, ...)
{
    char text[2 * PATH_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments); /* a cut sentence is still one */
    va_end(arguments);
    lint->say(ck_policy_text(lint->policy, lint->rule->file), lint->rule->line, text);
    lint->count++;
}

/* --- capabilities */

static void check_cap(struct lint *lint, unsigned cap, unsigned last_cap)
{
    char name[32];
    struct ck_text text = ck_text_start(name, sizeof(name));
    const char *why = ck_rootlike_why(cap);

    ck_text_caps(&text, ck_cap_bit(cap));
    if (cap > last_cap)
        warn(lint, "the running kernel has no capability %s", name);
    else if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
        warn(lint, "%s is not in the bounding set here, so nothing that is started here can hold it", name);
    if (why != NULL)
        warn(lint, "%s amounts to root: %s", name, why);
}

static void check_caps(struct lint *lint)
{
    uint64_t mask = lint->rule->ambient_mask | lint->rule->inheritable_mask;
    unsigned last_cap = ck_creds_last_cap();

    if (mask == 0)
        warn(lint, "the rule keeps nothing, it only takes away");
    while (mask != 0)
        check_cap(lint, ck_cap_take_lowest(&mask), last_cap);
}

/* --- users */

static void check_users(struct lint *lint)
{
    if (ck_rule_has_user(lint->policy, lint->rule, 0))
        warn(lint, "User= has root, for whom nothing has to be kept: the rule never matches there");
}

/* --- files */

static bool read_elf(const char *path, struct ck_elf_head *ret_elf)
{
    char head[CK_ELF_HEAD_MAX];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, head, sizeof(head)) : -1;

    if (fd >= 0)
        (void)close(fd); /* read only: nothing is lost with it */
    return length > 0 && ck_elf_head_read(head, (size_t)length, ret_elf) == 0;
}

/* Whoever can write it, or put another file in its place, has what the rule gives. */
static void check_writers(struct lint *lint, const char *key, const struct ck_path *path)
{
    const char *text = ck_policy_text(lint->policy, path->text);
    struct ck_parse_error error;

    if (ck_trust_check(text, 0, &error) < 0)
        warn(lint, "%s=%s%s is not root's alone: %s", key, text, path->directory ? "/*" : "", error.text);
}

/* Whether there is a file to look at; a directory form is not followed to its files. */
static bool check_exists(struct lint *lint, const char *key, const struct ck_path *path, struct stat *ret_file)
{
    const char *text = ck_policy_text(lint->policy, path->text);

    if (stat(text, ret_file) < 0) {
        warn(lint, "%s=%s%s does not exist here", key, text, path->directory ? "/*" : "");
        return false;
    }
    if (path->directory && !S_ISDIR(ret_file->st_mode))
        warn(lint, "%s=%s/*: %s is not a directory", key, text, text);
    check_writers(lint, key, path);
    return !path->directory;
}

/* Those that are for the root of another user namespace do not count here. */
static bool has_file_caps(const char *path)
{
    unsigned char bytes[CK_FILE_CAPS_SIZE];
    struct ck_file_caps caps;
    struct ck_file file;

    return ck_file_read(path, bytes, &file) == 0 && file.caps != NULL &&
           (ck_file_caps_parse(file.caps, file.caps_length, &caps) < 0 || caps.root_uid == 0);
}

static void check_program(struct lint *lint, const struct ck_path *path)
{
    const char *text = ck_policy_text(lint->policy, path->text);
    struct stat file;
    struct ck_elf_head elf;

    if (!check_exists(lint, "Program", path, &file))
        return;
    if ((file.st_mode & S_ISUID) != 0 || (file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
        warn(lint, "Program=%s is set-user-ID or set-group-ID: the kernel clears ambient when it starts", text);
    if (has_file_caps(text))
        warn(lint, "Program=%s has file capabilities: the kernel clears ambient when it starts", text);
    if (read_elf(text, &elf) && !elf.is_dynamic)
        warn(lint,
             "Program=%s is static: it gets its capabilities, but no library is in it (Descendants= does nothing)",
             text);
}

static void check_launcher(struct lint *lint, const struct ck_path *path)
{
    const char *text = ck_policy_text(lint->policy, path->text);
    struct stat file;
    struct ck_elf_head elf;

    if (!check_exists(lint, "Launcher", path, &file) || !read_elf(text, &elf))
        return;
    if (!elf.is_dynamic || elf.is_go)
        warn(lint, "Launcher=%s is %s: a preloaded library does not reach it; see `capkeep run --method`", text,
             elf.is_dynamic ? "a Go program" : "static");
}

/* The kernel executes its interpreter, and that is what changes the user. */
static void check_script(struct lint *lint, const struct ck_path *path)
{
    const char *text = ck_policy_text(lint->policy, path->text);
    char head[CK_SHEBANG_MAX];
    char interpreter[CK_SHEBANG_MAX];
    int fd = path->directory ? -1 : open(text, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, head, sizeof(head)) : -1;

    if (fd >= 0)
        (void)close(fd); /* as above */
    if (length > 0 && ck_shebang_read(head, (size_t)length, interpreter) == 0)
        warn(lint,
             "Launcher=%s is a script, so the rule never matches there: its interpreter is the launcher, write "
             "Launcher=%s",
             text, interpreter);
}

/* A shell is what such a launcher executes, and what the shell executes then gets nothing any more. */
static void check_between(struct lint *lint, const struct ck_path *launcher)
{
    const char *text = ck_policy_text(lint->policy, launcher->text);

    if (launcher->directory || !ck_shell_is_between(text))
        return;
    for (uint32_t i = 0; i < lint->rule->programs.count; i++) {
        const struct ck_path *program = &lint->policy->paths[lint->rule->programs.first + i];
        const char *resolved = ck_policy_text(lint->policy, program->resolved);

        if (program->directory || ck_shell_is_one(resolved))
            return;
    }
    if (lint->rule->programs.count > 0)
        warn(lint,
             "Launcher=%s executes a shell for whatever it starts, so Program=%s keeps nothing there unless it is that "
             "shell: write the shell, as in Program=/bin/sh, which is then for all that it starts",
             text, ck_policy_text(lint->policy, lint->policy->paths[lint->rule->programs.first].text));
}

static void check_paths(struct lint *lint)
{
    const struct ck_path *paths = lint->policy->paths;

    for (uint32_t i = 0; i < lint->rule->programs.count; i++)
        check_program(lint, &paths[lint->rule->programs.first + i]);
    for (uint32_t i = 0; i < lint->rule->launchers.count; i++) {
        check_launcher(lint, &paths[lint->rule->launchers.first + i]);
        check_script(lint, &paths[lint->rule->launchers.first + i]);
        check_between(lint, &paths[lint->rule->launchers.first + i]);
    }
}

/* --- rules among each other */

static bool has_path(const struct ck_policy *policy, const struct ck_range *range, const struct ck_path *path)
{
    for (uint32_t i = 0; i < range->count; i++) {
        const struct ck_path *other = &policy->paths[range->first + i];

        if (other->directory == path->directory &&
            strcmp(ck_policy_text(policy, other->resolved), ck_policy_text(policy, path->resolved)) == 0)
            return true;
    }
    return false;
}

/* An empty list is any. */
static bool covers_paths(const struct ck_policy *policy, const struct ck_range *wide, const struct ck_range *narrow)
{
    if (wide->count == 0)
        return true;
    for (uint32_t i = 0; i < narrow->count; i++) {
        if (!has_path(policy, wide, &policy->paths[narrow->first + i]))
            return false;
    }
    return narrow->count > 0;
}

static bool covers_users(const struct ck_policy *policy, const struct ck_rule *wide, const struct ck_rule *narrow)
{
    if (wide->users.count == 0)
        return !wide->for_nobody;
    for (uint32_t i = 0; i < narrow->users.count; i++) {
        if (!ck_rule_has_user(policy, wide, policy->uids[narrow->users.first + i]))
            return false;
    }
    return narrow->users.count > 0;
}

/* What the later rule asks for, the earlier one asks for as well, or more. */
static bool asks_for_as_much(const struct ck_rule *earlier, const struct ck_rule *later)
{
    return ((later->ambient_mask & ~earlier->ambient_mask) | (later->inheritable_mask & ~earlier->inheritable_mask)) ==
               0 &&
           later->has_bounding == earlier->has_bounding && later->unbound_mask == earlier->unbound_mask &&
           (later->bounding_mask & ~earlier->bounding_mask) == 0 && later->no_new_privs <= earlier->no_new_privs &&
           later->refuse <= earlier->refuse && later->guard <= earlier->guard &&
           later->no_descendants == earlier->no_descendants;
}

static void check_earlier(struct lint *lint)
{
    const struct ck_policy *policy = lint->policy;
    const struct ck_rule *later = lint->rule;

    for (const struct ck_rule *earlier = policy->rules; earlier < later; earlier++) {
        if (covers_users(policy, earlier, later) && covers_paths(policy, &earlier->launchers, &later->launchers) &&
            covers_paths(policy, &earlier->programs, &later->programs) && asks_for_as_much(earlier, later)) {
            if (earlier->line == 0)
                warn(lint, "the rule adds nothing to that of the environment, which matches wherever it does");
            else
                warn(lint, "the rule adds nothing to rule \"%s\" of %s:%u, which matches wherever it does",
                     ck_policy_text(policy, earlier->name), ck_policy_text(policy, earlier->file), earlier->line);
            return;
        }
    }
}

/* Valid, and often meant; but more than a rule has to be for. */
static void check_wide(struct lint *lint)
{
    if (lint->rule->users.count == 0 && !lint->rule->for_nobody)
        warn(lint, "the rule is for any user but root: it has no User=");
    if (lint->rule->programs.count == 0)
        warn(lint, "the rule is for any program: it has no Program=");
}

unsigned ck_lint(const struct ck_policy *policy, bool is_strict, ck_lint_say *say)
{
    struct lint lint = {.policy = policy, .say = say};

    for (uint32_t i = 0; i < policy->rule_count; i++) {
        lint.rule = &policy->rules[i];
        check_caps(&lint);
        check_users(&lint);
        check_paths(&lint);
        check_earlier(&lint);
        if (is_strict)
            check_wide(&lint);
    }
    return lint.count;
}
