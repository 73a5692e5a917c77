#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void say(struct ck_report *report, const char *file, unsigned line, const char *text)
{
    (void)report; /* it counts */
    if (file == NULL)
        fprintf(stderr, "capkeep: error: %s\n", text);
    else
        fprintf(stderr, "%s:%u: error: %s\n", file, line, text);
}

/* The launcher is known beforehand. */
static const char *find_executable(void *context)
{
    return context;
}

int ck_policy_load(const char *executable, struct ck_policy *policy, struct ck_log *ret_log)
{
    struct ck_report report = {.say = say};
    struct ck_load load = {
        .find_executable = executable != NULL ? find_executable : NULL,
        .context = (void *)executable,
        .policy = policy,
        .report = &report,
    };
    int count = ck_load_policy(&load);

    *ret_log = load.log;
    return count;
}

void ck_policy_forget_environment(void)
{
    for (enum ck_directive directive = CK_USER; directive < CK_DIRECTIVE_COUNT; directive++)
        unsetenv(ck_directive_variable(directive));
    unsetenv(CK_VARIABLE_POLICY);
}

int ck_policy_use_file(const char *file)
{
    char directory[PATH_MAX];
    char *path = NULL;

    if (file[0] != '/' && getcwd(directory, sizeof(directory)) == NULL) {
        perror("capkeep: the working directory");
        return -1;
    }
    int length = file[0] == '/' ? asprintf(&path, "%s", file) : asprintf(&path, "%s/%s", directory, file);
    int result = length >= 0 ? setenv(CK_VARIABLE_POLICY, path, 1) : -1;
    if (result < 0)
        perror("capkeep: " CK_VARIABLE_POLICY);
    if (length >= 0)
        free(path);
    return result;
}
