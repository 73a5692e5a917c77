#include "convert_from.h"

#include <grp.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "../../shim/core/names.h"
#include "../../shim/core/policy_parse.h"
#include "draft.h"

/* --- what the three have in common */

struct conversion {
    const char *file;
    unsigned line;
    unsigned failures;
    struct ck_draft draft;
};

static void fail(struct conversion *conversion, const char *sentence)
{
    fprintf(stderr, "%s:%u: error: %s\n", conversion->file, conversion->line, sentence);
    conversion->failures++;
}

static void fail_value(struct conversion *conversion, const char *key, const char *why, const char *value)
{
    struct ck_parse_error error;
    char sentence[sizeof(error.text) + 64];

    (void)ck_parse_fail(&error, why, value); /* printed */
    (void)snprintf(sentence, sizeof(sentence), "%s=: %s", key, error.text);
    fail(conversion, sentence);
}

static uint64_t every_cap(void)
{
    uint64_t mask = 0;

    for (unsigned cap = 0; ck_cap_name(cap) != NULL; cap++)
        mask |= UINT64_C(1) << cap;
    return mask;
}

static bool is_yes(const char *value)
{
    struct ck_parse_error error;
    bool yes = false;

    return ck_parse_bool(value, &yes, &error) == 0 && yes;
}

/* --- systemd */

/*
 * systemd.exec(5): several lines add up; "~" in front takes away, from all capabilities where nothing was said before;
 * an empty value empties the set.
 */
static void merge_systemd_caps(struct conversion *conversion, const char *key, const char *value, uint64_t all_mask,
                               bool *has, uint64_t *mask)
{
    struct ck_parse_error error;
    bool inverted = value[0] == '~';
    uint64_t listed_mask = 0;

    if (ck_parse_caps(value + inverted, &listed_mask, &error) < 0) {
        char sentence[sizeof(error.text) + 64];
        (void)snprintf(sentence, sizeof(sentence), "%s=: %s", key, error.text);
        fail(conversion, sentence);
        return;
    }
    if (value[0] == '\0')
        *mask = 0;
    else if (inverted)
        *mask = (*has ? *mask : all_mask) & ~listed_mask;
    else
        *mask = (*has ? *mask : 0) | listed_mask;
    *has = true;
}

/* The program of an ExecStart= line, which may bear prefixes (systemd.service(5), "COMMAND LINES"). */
static void add_exec_start(struct conversion *conversion, const char *value)
{
    const char *path = value + strspn(value, "@-:+!|");
    bool privileged =
        memchr(value, '+', (size_t)(path - value)) != NULL || memchr(value, '!', (size_t)(path - value)) != NULL;
    char word[PATH_MAX];
    size_t length = strcspn(path, " \t");

    if (*path == '"' || *path == '\'') {
        path++;
        length = strcspn(path, "\"'");
    }
    if (privileged || length == 0)
        return;
    (void)snprintf(word, sizeof(word), "%.*s", (int)length, path);
    if (word[0] != '/' || strchr(word, '%') != NULL)
        fail_value(conversion, "ExecStart", "not a plain absolute path, write Program= by hand:", word);
    else
        ck_draft_add_program(&conversion->draft, word);
}

static int handle_systemd(void *context, const char *section, const char *key, const char *value)
{
    struct conversion *conversion = context;
    struct ck_draft *draft = &conversion->draft;

    if (strcmp(section, "Service") != 0)
        return 1;
    if (strcmp(key, "User") == 0 && strchr(value, '%') != NULL)
        fail_value(conversion, key, "has a specifier, write it by hand:", value);
    else if (strcmp(key, "User") == 0)
        (void)snprintf(draft->users, sizeof(draft->users), "%s", value);
    else if (strcmp(key, "DynamicUser") == 0 && is_yes(value))
        fail_value(conversion, key, "its user has no name of its own that a rule could be for:", value);
    else if (strcmp(key, "ExecStart") == 0)
        add_exec_start(conversion, value);
    else if (strcmp(key, "AmbientCapabilities") == 0)
        merge_systemd_caps(conversion, key, value, every_cap(), &draft->has_ambient, &draft->ambient_mask);
    else if (strcmp(key, "CapabilityBoundingSet") == 0)
        merge_systemd_caps(conversion, key, value, every_cap(), &draft->has_bounding, &draft->bounding_mask);
    else if (strcmp(key, "NoNewPrivileges") == 0)
        draft->no_new_privs = is_yes(value);
    return 1;
}

struct unit_reader {
    FILE *stream;
    struct conversion *conversion;
};

/* A line that ends in a backslash goes on in the next one, with a blank between (systemd.syntax(7)). */
static char *read_unit_line(char *buffer, int size, void *context)
{
    struct unit_reader *reader = context;
    size_t used = 0;

    while (used + 2 < (size_t)size && fgets(buffer + used, size - (int)used, reader->stream) != NULL) {
        size_t length = strlen(buffer + used);

        reader->conversion->line++;
        used += length;
        if (length < 2 || buffer[used - 1] != '\n' || buffer[used - 2] != '\\')
            return buffer;
        buffer[used - 2] = ' ';
        buffer[--used] = '\0';
    }
    return used > 0 ? buffer : NULL;
}

int ck_convert_from_systemd(const char *file, FILE *stream)
{
    static struct conversion conversion;
    struct unit_reader reader = {stream, &conversion};

    conversion.file = file;
    ck_draft_name(&conversion.draft, file, ".service");
    ini_use_stack = false;
    ini_max_line = ini_initial_alloc = 65536;
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    if (ini_parse_stream(read_unit_line, &reader, handle_systemd, &conversion) < 0)
        fail(&conversion, "not enough memory");
    if (conversion.failures == 0 && conversion.draft.ambient_mask == 0)
        fail(&conversion, "the unit has no AmbientCapabilities=, so there is nothing to keep");
    if (conversion.failures > 0)
        return 1;
    ck_draft_print(&conversion.draft);
    return 0;
}

/* --- pam_cap */

static void append_user(struct ck_draft *draft, const char *user)
{
    size_t used = strlen(draft->users);

    (void)snprintf(draft->users + used, sizeof(draft->users) - used, "%s%s", used > 0 ? " " : "", user);
}

/* The members that a group names, not those whose own group it is: pam_cap looks at the same list. */
static void append_group(struct conversion *conversion, const char *name)
{
    const struct group *group = getgrnam(name);

    if (group == NULL) {
        fail_value(conversion, "group", "there is no such group here:", name);
        return;
    }
    for (char **member = group->gr_mem; *member != NULL; member++)
        append_user(&conversion->draft, *member);
}

/* Returns whether the line is for everybody. */
static bool read_pam_users(struct conversion *conversion, char **rest)
{
    bool everybody = false;

    conversion->draft.users[0] = '\0';
    for (char *word; (word = strtok_r(NULL, " \t\n", rest)) != NULL;) {
        if (strcmp(word, "*") == 0)
            everybody = true;
        else if (word[0] == '@')
            append_group(conversion, word + 1);
        else
            append_user(&conversion->draft, word);
    }
    return everybody;
}

static void convert_pam_line(struct conversion *conversion, char *line)
{
    struct ck_draft *draft = &conversion->draft;
    struct ck_parse_error error;
    struct ck_iab iab;
    char *rest = NULL;
    const char *caps = strtok_r(line, " \t\n", &rest);

    if (caps == NULL || caps[0] == '#')
        return;
    bool everybody = read_pam_users(conversion, &rest);
    if (strcmp(caps, "none") == 0) {
        printf("# line %u keeps nothing: %s\n", conversion->line, everybody ? "everybody else" : draft->users);
        return;
    }
    if (strcmp(caps, "all") == 0)
        fail(conversion, "\"all\": a rule names what it keeps");
    else if (ck_parse_iab(caps, &iab, &error) < 0)
        fail(conversion, error.text);
    if (conversion->failures > 0)
        return;
    (void)snprintf(draft->iab, sizeof(draft->iab), "%s", caps);
    (void)snprintf(draft->name, sizeof(draft->name), "pam_cap-%u", conversion->line);
    if (everybody) {
        draft->users[0] = '\0';
        puts("# In pam_cap the first line for a user counts; here this rule counts for all, also beside others.");
    }
    ck_draft_print(draft);
}

int ck_convert_from_pam_cap(const char *file, FILE *stream)
{
    static struct conversion conversion;
    char *line = NULL;
    size_t size = 0;

    conversion.file = file;
    while (getline(&line, &size, stream) >= 0) {
        conversion.line++;
        convert_pam_line(&conversion, line);
    }
    free(line);
    return conversion.failures > 0;
}

/* --- OpenRC */

/* The value of a plain shell assignment NAME=VALUE, quoted or not. False where the shell would compute it. */
static bool read_shell_value(char *value, const char **ret_value)
{
    size_t length = strlen(value);

    while (length > 0 && strchr(" \t\n", value[length - 1]) != NULL)
        value[--length] = '\0';
    if (length >= 2 && (value[0] == '"' || value[0] == '\'') && value[length - 1] == value[0]) {
        value[length - 1] = '\0';
        value++;
    }
    *ret_value = value;
    return strpbrk(value, "$`\\\"'") == NULL;
}

static void set_openrc(struct conversion *conversion, const char *name, const char *value)
{
    struct ck_draft *draft = &conversion->draft;
    struct ck_parse_error error;
    struct ck_iab iab;

    if (strcmp(name, "command") == 0)
        ck_draft_add_program(draft, value);
    else if (strcmp(name, "command_user") == 0)
        (void)snprintf(draft->users, sizeof(draft->users), "%.*s", (int)strcspn(value, ":"), value);
    else if (strcmp(name, "no_new_privs") == 0)
        draft->no_new_privs = is_yes(value);
    else if (ck_parse_iab(value, &iab, &error) < 0)
        fail(conversion, error.text);
    else
        (void)snprintf(draft->iab, sizeof(draft->iab), "%s", value);
}

static void convert_openrc_line(struct conversion *conversion, char *line)
{
    static const char *const names[] = {"command", "command_user", "capabilities", "no_new_privs"};
    const char *value;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]);

        if (strncmp(line, names[i], length) != 0 || line[length] != '=')
            continue;
        if (read_shell_value(line + length + 1, &value))
            set_openrc(conversion, names[i], value);
        else
            fail_value(conversion, names[i], "the script computes it, write it by hand:", value);
    }
}

int ck_convert_from_openrc(const char *file, FILE *stream)
{
    static struct conversion conversion;
    char *line = NULL;
    size_t size = 0;

    conversion.file = file;
    ck_draft_name(&conversion.draft, file, "");
    while (getline(&line, &size, stream) >= 0) {
        conversion.line++;
        convert_openrc_line(&conversion, line);
    }
    free(line);
    if (conversion.failures == 0 && conversion.draft.iab[0] == '\0')
        fail(&conversion, "there is no capabilities=, so there is nothing to keep");
    if (conversion.failures > 0)
        return 1;
    ck_draft_print(&conversion.draft);
    return 0;
}
