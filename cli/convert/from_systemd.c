/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "convert_from.h"

#include <stdlib.h>
#include <string.h>

#include "../../shim/core/capset.h"
#include "../../shim/core/names.h"
#include "../../shim/core/text.h"
#include "../common/exit.h"
#include "conversion.h"
#include "draft.h"
#include "unit.h"
#include "unit_keys.h"

/* A key as it was assigned last, and where; line 0: not at all. */
struct setting {
    char name[64];
    unsigned line;
    const struct ck_unit_key *key;
    bool is_set;
    char *value;
};

struct command {
    unsigned line;
    bool is_root; /* "+" or "!": it is not started as User= */
    char *path;
};

struct unit {
    struct ck_conversion *conversion;
    struct ck_draft draft;
    uint64_t ambient_mask;
    uint64_t bounding_mask;
    unsigned ambient_line;
    unsigned bounding_line;
    struct setting *settings;
    size_t setting_count;
    struct command *commands;
    size_t command_count;
    bool is_understood; /* every line: else what is missing may be where one was not */
};

static uint64_t known_caps(void)
{
    uint64_t mask = 0;

    for (unsigned cap = 0; ck_cap_name(cap) != NULL; cap++)
        mask |= ck_cap_bit(cap);
    return mask;
}

/* --- sets of capabilities */

/* What is no capability systemd leaves out, and says so in its log. */
static int read_caps(struct unit *unit, const struct ck_unit_entry *entry, const char *list, uint64_t *ret_mask)
{
    uint64_t mask = 0;

    for (size_t length; list += strspn(list, " \t"), (length = strcspn(list, " \t")) > 0; list += length) {
        int cap = ck_draft_cap(list, length);

        if (cap < 0) {
            const char *nearest = ck_cap_nearest(list, length);

            ck_conversion_fail(unit->conversion, entry->line, "%s=: unknown capability \"%.*s\"%s%s%s", entry->key,
                               (int)(length < 64 ? length : 64), list, nearest != NULL ? "; did you mean " : "",
                               nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
            return -1;
        }
        mask |= ck_cap_bit((unsigned)cap);
    }
    *ret_mask = mask;
    return 0;
}

/*
 * As config_parse_capability_set has it: a value without a capability, or the first one, takes the place of what was
 * there, and so does one behind a set that is as it was in the beginning; "~" stands for all others.
 */
static void merge_caps(struct unit *unit, const struct ck_unit_entry *entry, uint64_t initial_mask, uint64_t *mask)
{
    bool is_inverted = entry->value[0] == '~';
    uint64_t listed_mask;

    if (read_caps(unit, entry, entry->value + is_inverted, &listed_mask) < 0)
        return;
    if (listed_mask == 0 || *mask == initial_mask)
        *mask = is_inverted ? ~listed_mask : listed_mask;
    else if (is_inverted)
        *mask &= ~listed_mask;
    else
        *mask |= listed_mask;
}

/* --- ExecStart= */

/* The prefixes of systemd.service(5), "COMMAND LINES": each once, and one of "+", "!" and "!!". */
static const char *skip_prefixes(const char *word, bool *ret_is_root, bool *ret_is_literal)
{
    char privilege = '\0';
    char seen[4] = "";
    size_t count = 0;

    for (;; word++) {
        if (privilege == '!' && word[0] == '!')
            privilege = 'm'; /* "!!": where the kernel has ambient capabilities, as without it */
        else if (privilege == '\0' && (word[0] == '+' || word[0] == '!'))
            privilege = word[0];
        else if (word[0] != '\0' && strchr("-@:", word[0]) != NULL && strchr(seen, word[0]) == NULL)
            seen[count++] = word[0];
        else
            break;
    }
    *ret_is_root = privilege == '+' || privilege == '!';
    *ret_is_literal = strchr(seen, ':') != NULL;
    return word;
}

/* "%%" is a "%"; what else begins with one is known to systemd alone. False for that. */
static bool expand_percent(char *path)
{
    char *to = path;

    for (const char *at = path; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] != '%')
            return false;
        at += at[0] == '%';
        *to++ = *at;
    }
    *to = '\0';
    return true;
}

/* As path_simplify does before the path is executed. */
static void simplify(char *path)
{
    char *to = path;

    for (const char *at = path; *at != '\0';) {
        if (at[0] == '/' && at[1] == '/')
            at++;
        else if (at[0] == '/' && at[1] == '.' && at[2] == '/')
            at += 2;
        else
            *to++ = *at++;
    }
    *to = '\0';
}

static const char *why_no_command(char *path, bool is_literal)
{
    if (strpbrk(path, "\"'\\") != NULL)
        return "is a path that systemd refuses";
    if (!is_literal && strchr(path, '$') != NULL)
        return "has a variable, which systemd does not expand there";
    if (!expand_percent(path))
        return "has a specifier";
    simplify(path);
    return ck_draft_why_no_program(path);
}

static void add_command(struct unit *unit, unsigned line, char *word)
{
    struct command command = {.line = line};
    bool is_literal;
    char *path = (char *)skip_prefixes(word, &command.is_root, &is_literal);
    const char *why = command.is_root && path[0] == '/' ? NULL : why_no_command(path, is_literal);

    if (why != NULL) {
        ck_conversion_fail(unit->conversion, line, "ExecStart=: \"%s\" %s; write Program= by hand", path, why);
        return;
    }
    command.path = ck_memory(strdup(path));
    unit->commands = ck_memory(reallocarray(unit->commands, unit->command_count + 1, sizeof(*unit->commands)));
    unit->commands[unit->command_count++] = command;
}

static void clear_commands(struct unit *unit)
{
    while (unit->command_count > 0)
        free(unit->commands[--unit->command_count].path);
}

static bool is_separator(const char *text)
{
    return text[0] == ';' && (text[1] == '\0' || text[1] == ' ' || text[1] == '\t');
}

/* The program of each command; a ";" by itself stands between two of them. */
static void read_commands(struct unit *unit, const struct ck_unit_entry *entry)
{
    const char *text = entry->value;
    char *word = ck_memory(malloc(strlen(text) + 1));
    int result;

    if (*text == '\0')
        clear_commands(unit); /* it takes back those that stood before */
    while ((result = ck_unit_word(&text, word)) > 0) {
        add_command(unit, entry->line, word);
        while (!is_separator(text) && (result = ck_unit_word(&text, NULL)) > 0)
            ;
        if (result <= 0)
            break;
        text += 1 + strspn(text + 1, " \t");
    }
    if (result < 0)
        ck_conversion_fail(unit->conversion, entry->line,
                           "ExecStart=: an open quote, or an escape that is not read here");
    free(word);
}

/* --- the other keys */

static bool is_no(const char *value)
{
    return value[0] == '\0' || ck_unit_bool(value) == 0;
}

/* A path that is bound to itself shows the file that lies there; one behind a colon another. */
static bool is_in_force(const struct ck_unit_entry *entry, enum ck_unit_kind kind)
{
    if (kind == CK_UNIT_BIND)
        return strchr(entry->value, ':') != NULL;
    if (strcmp(entry->key, "RootDirectory") == 0 && strcmp(entry->value, "/") == 0)
        return false;
    return !is_no(entry->value);
}

/* Kept to the end: the last assignment of a key counts. */
static void note(struct unit *unit, const struct ck_unit_entry *entry, const struct ck_unit_key *key, bool is_set)
{
    struct setting *setting = NULL;

    for (size_t i = 0; i < unit->setting_count && setting == NULL; i++) {
        if (strcmp(unit->settings[i].name, entry->key) == 0)
            setting = &unit->settings[i];
    }
    if (setting == NULL) {
        unit->settings = ck_memory(reallocarray(unit->settings, unit->setting_count + 1, sizeof(*unit->settings)));
        setting = &unit->settings[unit->setting_count++];
        *setting = (struct setting){.key = key};
        (void)snprintf(setting->name, sizeof(setting->name), "%s", entry->key); /* no key of the table is longer */
    }
    free(setting->value);
    setting->value = ck_memory(strdup(entry->value));
    /* Lists add up until they are emptied: what they have in them that is refused stays. */
    bool is_list = key->kind == CK_UNIT_BIND || key->kind == CK_UNIT_OTHER_COMMAND;
    if (is_list && setting->is_set && entry->value[0] != '\0')
        return;
    setting->line = entry->line;
    setting->is_set = is_set;
}

static void check_bool(struct unit *unit, const struct ck_unit_entry *entry)
{
    if (ck_unit_bool(entry->value) < 0)
        ck_conversion_fail(unit->conversion, entry->line, "%s=: neither yes nor no: \"%s\"", entry->key, entry->value);
}

static void handle(void *context, const struct ck_unit_entry *entry)
{
    struct unit *unit = context;
    const struct ck_unit_key *key = ck_unit_key_find(entry->key);

    if (strcmp(entry->section, "Service") != 0)
        return;
    switch (key->kind) {
    case CK_UNIT_UNKNOWN:
        ck_conversion_fail(unit->conversion, entry->line, "%s=: no key of a [Service] that is known here", entry->key);
        return;
    case CK_UNIT_PLAIN:
        return;
    case CK_UNIT_COMMAND:
        read_commands(unit, entry);
        return;
    case CK_UNIT_AMBIENT:
        unit->ambient_line = entry->line;
        merge_caps(unit, entry, 0, &unit->ambient_mask);
        return;
    case CK_UNIT_BOUNDING:
        unit->bounding_line = entry->line;
        merge_caps(unit, entry, UINT64_MAX, &unit->bounding_mask);
        return;
    case CK_UNIT_NO_NEW_PRIVS:
    case CK_UNIT_HARDENING:
        check_bool(unit, entry);
        break;
    case CK_UNIT_USER:
    case CK_UNIT_HARDENING_VALUE:
    case CK_UNIT_OTHER_COMMAND:
    case CK_UNIT_SANDBOX:
    case CK_UNIT_BIND:
    case CK_UNIT_REFUSED:
        break;
    }
    note(unit, entry, key, is_in_force(entry, key->kind));
}

/* --- the rule */

static const struct setting *find_setting(const struct unit *unit, enum ck_unit_kind kind)
{
    for (size_t i = 0; i < unit->setting_count; i++) {
        if (unit->settings[i].key->kind == kind && unit->settings[i].is_set)
            return &unit->settings[i];
    }
    return NULL;
}

static void set_user(struct unit *unit)
{
    const struct setting *user = find_setting(unit, CK_UNIT_USER);

    /* A user may be called "no", and has to be one all the same. */
    for (size_t i = 0; user == NULL && i < unit->setting_count; i++) {
        if (unit->settings[i].key->kind == CK_UNIT_USER && unit->settings[i].value[0] != '\0')
            user = &unit->settings[i];
    }
    if (user == NULL && unit->conversion->failures == 0) /* DynamicUser= is another one */
        ck_conversion_fail(unit->conversion, 0,
                           "no User=: systemd starts it as root, who has its capabilities without a rule");
    if (user == NULL)
        return;
    const char *why = ck_draft_why_no_user(user->value, true);
    if (why != NULL && strchr(user->value, '%') != NULL)
        why = "has a specifier, write it by hand";
    if (why == NULL && strcmp(user->value, "65535") == 0)
        why = "is no user ID to systemd"; /* uid_is_valid: (uid_t) -1 of 16 bits */
    if (why != NULL)
        ck_conversion_fail(unit->conversion, user->line, "User=: \"%s\" %s", user->value, why);
    else
        ck_texts_add(&unit->draft.users, user->value, strlen(user->value));
}

static void set_programs(struct unit *unit)
{
    struct ck_texts *programs = &unit->draft.programs;

    for (size_t i = 0; i < unit->command_count; i++) {
        const struct command *command = &unit->commands[i];
        bool is_known = false;

        if (command->is_root) {
            fprintf(unit->conversion->out, "# Line %u: systemd starts %s as root, so it needs no rule.\n",
                    command->line, command->path);
            continue;
        }
        for (size_t j = 0; j < programs->count; j++)
            is_known |= strcmp(programs->items[j], command->path) == 0;
        if (!is_known)
            ck_texts_add(programs, command->path, strlen(command->path));
    }
    if (programs->count == 0 && (unit->is_understood || unit->command_count > 0))
        ck_conversion_fail(unit->conversion, unit->command_count > 0 ? unit->commands[0].line : 0,
                           "no ExecStart= that is started as User=, and so no program that a rule could be for");
}

static void refuse_settings(struct unit *unit)
{
    for (size_t i = 0; i < unit->setting_count; i++) {
        const struct setting *setting = &unit->settings[i];

        if (setting->is_set && setting->key->why_refused != NULL)
            ck_conversion_fail(unit->conversion, setting->line, "%s=: %s", setting->name, setting->key->why_refused);
    }
}

/* A rule says of its own what systemd concludes. */
static void set_hardening(struct unit *unit)
{
    FILE *out = unit->conversion->out;

    unit->draft.no_new_privs = find_setting(unit, CK_UNIT_NO_NEW_PRIVS) != NULL;
    for (size_t i = 0; i < unit->setting_count; i++) {
        const struct setting *setting = &unit->settings[i];
        uint64_t unbound_mask = setting->is_set ? setting->key->unbound_mask & unit->bounding_mask : 0;
        bool is_filter = setting->key->kind == CK_UNIT_HARDENING || setting->key->kind == CK_UNIT_HARDENING_VALUE;

        if (unbound_mask != 0) {
            char names[256];
            struct ck_text text = ck_text_start(names, sizeof(names));
            ck_text_caps(&text, unbound_mask);
            fprintf(out, "# Line %u: %s= takes %s out of the bounding set.\n", setting->line, setting->name, names);
            unit->bounding_mask &= ~unbound_mask;
        }
        if (setting->is_set && is_filter && !unit->draft.no_new_privs) {
            fprintf(out, "# Line %u: %s= implies NoNewPrivileges=, as there is a User=.\n", setting->line,
                    setting->name);
            unit->draft.no_new_privs = true;
        }
    }
}

static void set_caps(struct unit *unit)
{
    uint64_t ambient_mask = unit->ambient_mask & known_caps();
    uint64_t left_out_mask = ambient_mask & ~unit->bounding_mask;

    unit->draft.ambient_mask = ambient_mask;
    unit->draft.bounding_mask = unit->bounding_mask & known_caps();
    unit->draft.has_bounding = unit->draft.bounding_mask != known_caps();
    if (ambient_mask == 0 && unit->is_understood)
        ck_conversion_fail(unit->conversion, unit->ambient_line,
                           "the unit has no AmbientCapabilities=, so there is nothing to keep");
    if (left_out_mask != 0) {
        char names[4096];
        struct ck_text text = ck_text_start(names, sizeof(names));
        ck_text_caps(&text, left_out_mask);
        ck_conversion_fail(unit->conversion, unit->ambient_line,
                           "AmbientCapabilities=: the bounding set leaves out %s: systemd could not start it", names);
    }
}

/* What else the unit does is for whoever starts the program to do. */
static void tell_the_rest(struct unit *unit)
{
    FILE *out = unit->conversion->out;
    bool is_any = false;

    for (size_t i = 0; i < unit->setting_count; i++) {
        const struct setting *setting = &unit->settings[i];
        enum ck_unit_kind kind = setting->key->kind;

        if (kind == CK_UNIT_OTHER_COMMAND && setting->is_set)
            fprintf(out, "# Line %u: %s= has the capabilities as well in systemd, and not by this rule.\n",
                    setting->line, setting->name);
    }
    for (size_t i = 0; i < unit->setting_count; i++) {
        const struct setting *setting = &unit->settings[i];
        enum ck_unit_kind kind = setting->key->kind;

        if (!setting->is_set || (kind != CK_UNIT_SANDBOX && kind != CK_UNIT_HARDENING && kind != CK_UNIT_BIND &&
                                 kind != CK_UNIT_HARDENING_VALUE))
            continue;
        fprintf(out, "%s %s=", is_any ? "" : "# For the launcher to do, not for a rule:", setting->name);
        is_any = true;
    }
    if (is_any)
        fputc('\n', out);
}

static void free_unit(struct unit *unit)
{
    clear_commands(unit);
    free(unit->commands);
    for (size_t i = 0; i < unit->setting_count; i++)
        free(unit->settings[i].value);
    free(unit->settings);
    ck_texts_clear(&unit->draft.users);
    ck_texts_clear(&unit->draft.programs);
}

void ck_convert_from_systemd(struct ck_conversion *conversion, const char *file, char *text)
{
    struct unit unit = {.conversion = conversion, .bounding_mask = UINT64_MAX};
    const char *path;

    ck_unit_read(conversion, text, handle, &unit, &path);
    unit.is_understood = conversion->failures == 0;
    ck_draft_name(&unit.draft, file != NULL ? file : *path != '\0' ? path : "unit", ".service");
    refuse_settings(&unit);
    set_user(&unit);
    set_programs(&unit);
    set_hardening(&unit);
    set_caps(&unit);
    tell_the_rest(&unit);
    ck_draft_print(&unit.draft, conversion->out);
    free_unit(&unit);
}
