#include "load.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../core/text.h"

static int complain(struct ck_parse_error *ret_error, const char *variable, const char *what, const char *value)
{
    struct ck_text text = ck_text_start(ret_error->text, sizeof(ret_error->text));

    ck_text_string(&text, variable);
    ck_text_string(&text, ": ");
    ck_text_string(&text, what);
    ck_text_escaped(&text, value);
    return -EINVAL;
}

/* A sentence of the parser, with the variable that it is about in front. */
static int in_variable(struct ck_parse_error *error, const char *variable)
{
    struct ck_parse_error inner = *error;
    struct ck_text text = ck_text_start(error->text, sizeof(error->text));

    ck_text_string(&text, variable);
    ck_text_string(&text, ": ");
    ck_text_string(&text, inner.text);
    return -EINVAL;
}

static int resolve_user(const char *name, uid_t *ret_uid)
{
    char buffer[4096];
    struct passwd entry;
    struct passwd *found = NULL;

    if (ck_parse_uid(name, strlen(name), ret_uid) == 0)
        return 0;
    if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
        return -EINVAL;
    *ret_uid = found->pw_uid;
    return 0;
}

static int add_user(struct ck_policy *policy, struct ck_rule *rule, const char *word, struct ck_parse_error *ret_error)
{
    uid_t uid;

    if (policy->uid_count == CK_UIDS_MAX || resolve_user(word, &uid) < 0)
        return complain(ret_error, "CAPKEEP_USER", "unknown user ", word);
    if (rule->users.count++ == 0)
        rule->users.first = policy->uid_count;
    policy->uids[policy->uid_count++] = uid;
    return 0;
}

static int add_users(struct ck_policy *policy, struct ck_rule *rule, const char *list, struct ck_parse_error *ret_error)
{
    char words[4096];
    char *rest = NULL;

    if (strlen(list) >= sizeof(words))
        return complain(ret_error, "CAPKEEP_USER", "too long", "");
    strcpy(words, list);
    for (char *word = strtok_r(words, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
        int result = add_user(policy, rule, word, ret_error);
        if (result < 0)
            return result;
    }
    return 0;
}

/* One absolute path, or a directory followed by "/" and "*". */
static int add_path(struct ck_policy *policy, struct ck_range *range, const char *variable, const char *value,
                    struct ck_parse_error *ret_error)
{
    struct ck_path path = {0};
    char resolved[PATH_MAX];
    char text[PATH_MAX];
    struct stat file;
    size_t length = strlen(value);

    if (value[0] != '/' || length >= sizeof(text))
        return complain(ret_error, variable, "not an absolute path: ", value);
    strcpy(text, value);
    path.directory = length > 2 && strcmp(value + length - 2, "/*") == 0;
    if (path.directory)
        text[length - 2] = '\0';
    if (ck_policy_add_text(policy, text, strlen(text), &path.text) < 0)
        return complain(ret_error, variable, "no room for ", value);
    path.resolved = path.text;
    if (realpath(text, resolved) != NULL && ck_policy_add_text(policy, resolved, strlen(resolved), &path.resolved) < 0)
        return complain(ret_error, variable, "no room for ", value);
    if (stat(text, &file) == 0) {
        path.dev = file.st_dev;
        path.ino = file.st_ino;
    }
    *range = (struct ck_range){policy->path_count, 1};
    policy->paths[policy->path_count++] = path;
    return 0;
}

static int load_paths(const char *executable, struct ck_policy *policy, struct ck_rule *rule,
                      struct ck_parse_error *ret_error)
{
    const struct ck_program_name self = {.text = executable, .resolved = executable};
    const char *value = getenv("CAPKEEP_PROGRAM");

    if (value != NULL && add_path(policy, &rule->programs, "CAPKEEP_PROGRAM", value, ret_error) < 0)
        return -EINVAL;
    value = getenv("CAPKEEP_LAUNCHER");
    if (value == NULL)
        return 0;
    if (add_path(policy, &rule->launchers, "CAPKEEP_LAUNCHER", value, ret_error) < 0)
        return -EINVAL;
    rule->foreign = !ck_path_matches(policy, &policy->paths[rule->launchers.first], &self);
    return 0;
}

static int load_hardening(struct ck_rule *rule, struct ck_parse_error *ret_error)
{
    const char *value = getenv("CAPKEEP_BOUNDING");

    if (value != NULL && ck_parse_caps(value, &rule->bounding_mask, ret_error) < 0)
        return in_variable(ret_error, "CAPKEEP_BOUNDING");
    rule->has_bounding = value != NULL;
    if (rule->has_bounding && (rule->ambient_mask & ~rule->bounding_mask) != 0)
        return complain(ret_error, "CAPKEEP_BOUNDING", "leaves out what CAPKEEP_AMBIENT keeps: ", value);
    value = getenv("CAPKEEP_NO_NEW_PRIVS");
    if (value != NULL && ck_parse_bool(value, &rule->no_new_privs, ret_error) < 0)
        return in_variable(ret_error, "CAPKEEP_NO_NEW_PRIVS");
    value = getenv("CAPKEEP_ON_FAILURE");
    if (value == NULL || strcmp(value, "continue") == 0)
        return 0;
    rule->refuse = strcmp(value, "refuse") == 0;
    return rule->refuse ? 0 : complain(ret_error, "CAPKEEP_ON_FAILURE", "neither continue nor refuse: ", value);
}

int ck_load_environment(const char *executable, struct ck_policy *policy, struct ck_parse_error *ret_error)
{
    const char *ambient = getenv("CAPKEEP_AMBIENT");
    const char *users = getenv("CAPKEEP_USER");
    struct ck_rule *rule = &policy->rules[0];

    if (ambient == NULL)
        return 0;
    if (ck_parse_caps(ambient, &rule->ambient_mask, ret_error) < 0)
        return in_variable(ret_error, "CAPKEEP_AMBIENT");
    if (ck_policy_add_text(policy, "environment", 11, &rule->name) < 0)
        return complain(ret_error, "CAPKEEP_AMBIENT", "no room", "");
    if (users != NULL && add_users(policy, rule, users, ret_error) < 0)
        return -EINVAL;
    if (load_paths(executable, policy, rule, ret_error) < 0 || load_hardening(rule, ret_error) < 0)
        return -EINVAL;
    policy->rule_count = 1;
    return 1;
}

int ck_load_log(struct ck_state *state, struct ck_parse_error *ret_error)
{
    const char *value = getenv("CAPKEEP_LOG");

    state->log = CK_LOG_SYSLOG;
    if (value == NULL || strcmp(value, "syslog") == 0)
        return 0;
    if (strcmp(value, "none") == 0) {
        state->log = CK_LOG_NONE;
    } else if (strcmp(value, "stderr") == 0) {
        state->log = CK_LOG_STDERR;
    } else if (value[0] == '/' && strlen(value) < sizeof(state->log_path)) {
        state->log = CK_LOG_FILE;
        strcpy(state->log_path, value);
    } else {
        return complain(ret_error, "CAPKEEP_LOG", "not none, stderr, syslog or an absolute path: ", value);
    }
    return 0;
}
