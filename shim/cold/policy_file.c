/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "policy_file.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "../core/nearest.h"
#include "../core/text.h"

/* inih copies at most 49 bytes of a section's name, so a longer one cannot be told from another. */
#define SECTION_MAX_OF_INIH 49

/* Longer than any line that makes sense: a path has at most 4096 bytes. */
#define LINE_MAX_OF_INIH 16384

/* Of a file's rule names: for all of them it is half full. */
#define NAME_PLACES 2048U

enum section { NO_SECTION, POLICY_SECTION, KEEP_SECTION, BAD_SECTION };

struct parse {
    const char *file;
    const char *text;
    size_t left;
    const char *nul;       /* the first NUL byte in it, or NULL */
    unsigned line;         /* the one that inih was given last */
    unsigned section_line; /* the line of the last section heading, 0 before the first */
    unsigned empty_line;   /* the same, while the section has no key yet */
    unsigned key_line;     /* of a line that should be a key, while inih has not found one in it */
    enum section section;
    const struct ck_resolver *resolver;
    struct ck_policy *policy;
    struct ck_log *log;
    struct ck_report *report;
    uint32_t file_text;          /* offset in the policy */
    unsigned mistakes;           /* that were reported before the current rule */
    unsigned values;             /* mistakes in the current rule that leave no doubt for which launchers it is */
    bool has_log;                /* in this file */
    bool has_log_level;          /* the same */
    bool stopped;                /* nothing further is looked at */
    uint16_t names[NAME_PLACES]; /* the number of a rule of this file, counted from 1, at or behind its name's hash */
};

static void complain(struct parse *parse, unsigned line, const char *text)
{
    ck_report_error(parse->report, parse->file, line, text);
}

/* "KEY=: sentence", so that a line with several mistakes is clear. */
static void name_key(const char *key, const char *sentence, struct ck_parse_error *ret_error)
{
    struct ck_text text = ck_text_start(ret_error->text, sizeof(ret_error->text));

    ck_text_printable(&text, key);
    ck_text_string(&text, "=: ");
    ck_text_string(&text, sentence);
}

static void complain_of_key(struct parse *parse, const char *key, const char *sentence)
{
    struct ck_parse_error error;

    name_key(key, sentence, &error);
    complain(parse, parse->line, error.text);
}

/*
 * A rule for an account that is gone can match nobody, and so gives nobody anything; that is no reason to keep nothing
 * for all the others, or to start no launcher any more.
 */
static void warn_of_key(struct parse *parse, const char *key, const char *sentence)
{
    struct ck_parse_error error;

    name_key(key, sentence, &error);
    ck_report_warning(parse->report, parse->file, parse->line, error.text);
}

/* The white space that inih skips in front of a line (isspace(3) in the C locale). */
static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || (*text >= '\t' && *text <= '\r'))
        text++;
    return text;
}

/*
 * A rule with a mistake in it is not judged as a whole: what was not understood would be missing. Where each line's key
 * was understood, and each Launcher=, it is certain for which launchers the rule was to be, and so for which it is of no
 * account. A key that is not understood may have been one more Launcher=.
 */
static void end_rule(struct parse *parse, struct ck_rule *rule)
{
    struct ck_parse_error error;

    if (parse->report->count == parse->mistakes && ck_rule_check(rule, &error) < 0) {
        complain(parse, parse->section_line, error.text);
        parse->values++;
    }
    unsigned count = parse->report->count - parse->mistakes;
    if (count == 0 || count != parse->values || rule->launchers.count == 0)
        return;
    rule->is_broken = true;
    parse->report->aside_count += count;
}

/* Before a new section, and at the end: the section that ends has to have said something. */
static void end_section(struct parse *parse)
{
    if (parse->empty_line != 0 && !parse->stopped)
        complain(parse, parse->empty_line, "a section without a key");
    if (parse->section == KEEP_SECTION)
        end_rule(parse, &parse->policy->rules[parse->policy->rule_count - 1]);
    parse->section = NO_SECTION;
}

/* What stands on a line has to be known before inih sees it: it takes what follows a "]" for nothing. */
static void look_at_line(struct parse *parse, const char *line)
{
    const char *start = skip_blanks(line);

    if (*start == '[') {
        end_section(parse);
        parse->section_line = parse->empty_line = parse->line;
        const char *close = strchr(start, ']');
        if (close == NULL || *skip_blanks(close + 1) != '\0') {
            complain(parse, parse->line, "a section is a line of its own, in brackets");
            parse->empty_line = 0;
            parse->section = BAD_SECTION;
        }
    } else if (*start != '\0' && *start != '#' && *start != ';') {
        parse->key_line = parse->line;
    }
}

static void end_line(struct parse *parse)
{
    if (parse->key_line != 0)
        complain(parse, parse->key_line, "neither a [Section], a Key=Value nor a comment");
    parse->key_line = 0;
}

/* Nobody sees a byte order mark, which some editors write in front of UTF-8. */
static const char *why_no_line(const struct parse *parse, size_t length, size_t size)
{
    if (parse->nul != NULL && parse->nul < parse->text + length)
        return "a NUL byte: this is not a text file";
    if (parse->line == 1 && length >= 3 && memcmp(parse->text, "\xef\xbb\xbf", 3) == 0)
        return "a byte order mark in front of it: save the file without one";
    return length + 1 >= size ? "the line is too long" : NULL;
}

/*
 * inih's reader: hands out the next line, as fgets(3) would. What inih would swallow is caught here: it knows neither
 * a line that is too long for it, nor a NUL byte, nor a section that has no key.
 */
static char *next_line(char *buffer, int size, void *context)
{
    struct parse *parse = context;

    end_line(parse);
    if (parse->left == 0 || parse->stopped)
        return NULL;
    parse->line++;
    const char *end = memchr(parse->text, '\n', parse->left);
    size_t length = end != NULL ? (size_t)(end - parse->text) + 1 : parse->left;
    const char *why = why_no_line(parse, length, (size_t)size);
    if (why != NULL) {
        complain(parse, parse->line, why);
        parse->stopped = true;
        return NULL;
    }
    memcpy(buffer, parse->text, length);
    buffer[length] = '\0';
    parse->text += length;
    parse->left -= length;
    look_at_line(parse, buffer);
    return buffer;
}

static void bad_section(struct parse *parse, const char *section)
{
    struct ck_parse_error error;
    const char *name = ck_edit_distance(section, strlen(section), "Policy") <= 2 ? "[Policy]" : "[Keep NAME]";
    bool none = parse->section_line == 0;

    (void)ck_parse_fail(&error, none ? "a key before the first section" : "unknown section", none ? NULL : section);
    ck_parse_suggest(&error, name);
    complain(parse, none ? parse->line : parse->section_line, error.text);
}

/* The place of the rule with this name or, where there is none, where it belongs. */
static uint16_t *find_name(struct parse *parse, const char *name)
{
    uint32_t hash = 0;

    for (const char *at = name; *at != '\0'; at++)
        hash = hash * 31 + (unsigned char)*at;
    /* Names that differ in a number would lie side by side. */
    hash = hash * 0x9e3779b1U >> 16;
    for (;; hash++) {
        uint16_t *place = &parse->names[hash % NAME_PLACES];

        if (*place == 0 || strcmp(ck_policy_text(parse->policy, parse->policy->rules[*place - 1].name), name) == 0)
            return place;
    }
}

static enum section start_rule(struct parse *parse, const char *name)
{
    struct ck_policy *policy = parse->policy;
    struct ck_parse_error error;
    struct ck_rule *rule;
    uint16_t *place = find_name(parse, name);

    if (*name == '\0' || *place != 0) {
        (void)(*name == '\0' ? ck_parse_fail(&error, "[Keep NAME] needs a name", NULL)
                             : ck_parse_fail(&error, "a second rule with the name", name)); /* reported below */
        complain(parse, parse->section_line, error.text);
        return BAD_SECTION;
    }
    if (policy->rule_count == CK_RULES_MAX) {
        complain(parse, parse->section_line, "more than 1000 rules");
        parse->stopped = true;
        return BAD_SECTION;
    }
    rule = &policy->rules[policy->rule_count];
    *rule = (struct ck_rule){.file = parse->file_text, .line = parse->section_line};
    if (ck_policy_add_text(policy, name, strlen(name), &rule->name) < 0) {
        complain(parse, parse->section_line, "the policy has too much text");
        parse->stopped = true;
        return BAD_SECTION;
    }
    *place = (uint16_t)++policy->rule_count;
    parse->mistakes = parse->report->count;
    parse->values = 0;
    return KEEP_SECTION;
}

/* Called at the first key of a section. */
static enum section start_section(struct parse *parse, const char *section)
{
    if (strlen(section) >= SECTION_MAX_OF_INIH) {
        complain(parse, parse->section_line, "the section's name is too long");
        return BAD_SECTION;
    }
    if (strcmp(section, "Policy") == 0)
        return POLICY_SECTION;
    if (strcmp(section, "Keep") == 0 || strncmp(section, "Keep ", 5) == 0)
        return start_rule(parse, skip_blanks(section + 4));
    bad_section(parse, section);
    return BAD_SECTION;
}

int ck_policy_log_parse(const char *text, struct ck_log *ret_log, struct ck_parse_error *ret_error)
{
    if (strcmp(text, "none") == 0)
        ret_log->kind = CK_LOG_NONE;
    else if (strcmp(text, "stderr") == 0)
        ret_log->kind = CK_LOG_STDERR;
    else if (strcmp(text, "syslog") == 0)
        ret_log->kind = CK_LOG_SYSLOG;
    else if (text[0] != '/')
        return ck_parse_fail(ret_error, "not none, stderr, syslog or an absolute path:", text);
    else if (strlen(text) >= sizeof(ret_log->path))
        return ck_parse_fail(ret_error, "longer than a path can be", NULL);
    else {
        ret_log->kind = CK_LOG_FILE;
        strcpy(ret_log->path, text);
    }
    return 0;
}

int ck_policy_log_level_parse(const char *text, struct ck_log *ret_log, struct ck_parse_error *ret_error)
{
    static const char words[][12] = {
        [CK_LOG_CHANGES] = "changes", [CK_LOG_FAILURES] = "failures", [CK_LOG_ALL] = "all"};
    struct ck_nearest nearest = CK_NEAREST_NONE;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(text, words[i]) == 0) {
            ret_log->scope = (enum ck_log_scope)i;
            return 0;
        }
        (void)ck_nearest_offer(&nearest, text, strlen(text), words[i]); /* its name is in `nearest` */
    }
    (void)ck_parse_fail(ret_error, "not failures, changes or all:", text); /* returned below */
    ck_parse_suggest(ret_error, nearest.name);
    return -EINVAL;
}

static void bad_policy_key(struct parse *parse, const char *key)
{
    struct ck_nearest nearest = CK_NEAREST_NONE;
    struct ck_parse_error error;

    (void)ck_nearest_offer(&nearest, key, strlen(key), "Log");      /* as above */
    (void)ck_nearest_offer(&nearest, key, strlen(key), "LogLevel"); /* as above */
    (void)ck_parse_fail(&error, "unknown key in [Policy]:", key);   /* reported below */
    ck_parse_suggest(&error, nearest.name);
    complain(parse, parse->line, error.text);
}

static void set_policy_key(struct parse *parse, const char *key, const char *value)
{
    struct ck_parse_error error;
    bool is_level = strcmp(key, "LogLevel") == 0;
    bool *is_given = is_level ? &parse->has_log_level : &parse->has_log;
    int result;

    if (!is_level && strcmp(key, "Log") != 0) {
        bad_policy_key(parse, key);
        return;
    }
    if (*is_given) {
        complain_of_key(parse, key, "given a second time");
        return;
    }
    *is_given = true;
    result = is_level ? ck_policy_log_level_parse(value, parse->log, &error)
                      : ck_policy_log_parse(value, parse->log, &error);
    if (result < 0)
        complain_of_key(parse, key, error.text);
}

static void set_rule_key(struct parse *parse, const char *key, const char *value)
{
    struct ck_policy *policy = parse->policy;
    struct ck_parse_error error;
    enum ck_directive directive = ck_directive_find(key);

    if (directive == CK_DIRECTIVE_COUNT) {
        (void)ck_parse_fail(&error, "unknown key", key);
        ck_parse_suggest(&error, ck_directive_nearest(key));
        complain(parse, parse->line, error.text);
        return;
    }
    int result = ck_rule_set(policy, &policy->rules[policy->rule_count - 1], directive, value, parse->resolver, &error);
    if (result == -ENOENT) {
        warn_of_key(parse, key, error.text);
    } else if (result < 0) {
        complain_of_key(parse, key, error.text);
        parse->values += directive != CK_LAUNCHER;
    }
}

/* inih's handler; it answers 1, "go on", always: mistakes are reported, and all of them. */
static int handle(void *context, const char *section, const char *key, const char *value)
{
    struct parse *parse = context;

    parse->empty_line = parse->key_line = 0;
    if (parse->section == NO_SECTION)
        parse->section = start_section(parse, section);
    if (parse->section == POLICY_SECTION)
        set_policy_key(parse, key, value);
    else if (parse->section == KEEP_SECTION)
        set_rule_key(parse, key, value);
    return 1;
}

/* As systemd.syntax(7): a comment is a line of its own, and a line is one assignment, whatever it begins with. */
static void configure_inih(void)
{
    ini_allow_inline_comments = false;
    ini_allow_multiline = false;
    ini_allow_bom = false;
    ini_use_stack = false;
    ini_max_line = LINE_MAX_OF_INIH;
    ini_initial_alloc = LINE_MAX_OF_INIH;
}

void ck_policy_file_parse(const char *file, const char *text, size_t length, const struct ck_resolver *resolver,
                          struct ck_policy *policy, struct ck_log *log, struct ck_report *report)
{
    struct parse parse = {
        .file = file,
        .text = text,
        .left = length,
        .nul = memchr(text, '\0', length),
        .resolver = resolver,
        .policy = policy,
        .log = log,
        .report = report,
    };

    if (ck_policy_add_text(policy, file, strlen(file), &parse.file_text) < 0) {
        complain(&parse, 0, "the policy has too much text");
        return;
    }
    configure_inih();
    /* A line with a mistake is reported by the functions above; what is left is -2, no memory. */
    if (ini_parse_stream(next_line, &parse, handle, &parse) < 0)
        complain(&parse, 0, "not enough memory");
    end_section(&parse);
}
