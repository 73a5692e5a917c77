/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redirect.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/policy.h"
#include "../common/suggestion.h"

/* sd_booted(3) */
#define SYSTEMD_BOOTED "/run/systemd/system"

/* Of Debian's sysvinit-utils: /lib/lsb/init-functions reads it, in nearly every init script. */
#define LSB_HOOK "/lib/lsb/init-functions.d/40-systemd"

#define INIT_SCRIPTS "/etc/init.d/"
#define UNITS "/etc/systemd/system/"

static bool starts_something(const char *action)
{
    static const char *const actions[] = {"start", "restart", "try-restart", "force-reload"};

    for (unsigned i = 0; action != NULL && i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(action, actions[i]) == 0)
            return true;
    }
    return false;
}

/* Whether the script reads the LSB functions, and with them the hook: its text says so, or its interpreter does it. */
static bool reads_hook(const char *script)
{
    char line[1024];
    bool found = false;
    FILE *file = access(LSB_HOOK, R_OK) == 0 ? fopen(script, "re") : NULL;

    while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
        found = strstr(line, "init-functions") != NULL || strstr(line, "init-d-script") != NULL;
    if (file != NULL)
        (void)fclose(file); /* read only: nothing is lost with it */
    return found;
}

/* The hook lets alone what systemd itself has started, and who has asked for that. */
static bool is_redirected(const char *script)
{
    const char *skip = getenv("SYSTEMCTL_SKIP_REDIRECT");

    return getppid() != 1 && (skip == NULL || skip[0] == '\0') && reads_hook(script);
}

/* "cron.service" as "cron"; what no service is called, which a shell might read otherwise, as "NAME". */
static void name_service(const char *service, char ret_name[NAME_MAX])
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:@-";
    size_t length = strlen(service);

    if (length > strlen(".service") && strcmp(service + length - strlen(".service"), ".service") == 0)
        length -= strlen(".service");
    bool is_plain = length > 0 && length < NAME_MAX && service[0] != '-' && strspn(service, letters) >= length;
    (void)snprintf(ret_name, NAME_MAX, "%.*s", is_plain ? (int)length : 4, is_plain ? service : "NAME"); /* it fits */
}

/* The policy of this very run, which comes by the environment unless it is the installed one. */
static void print_environment(void)
{
    const char *names[CK_POLICY_VARIABLES_MAX];
    unsigned count = ck_policy_variables(names);

    fputs(count > 0 ? " env" : "", stderr);
    for (unsigned i = 0; i < count; i++) {
        char *word = NULL;

        if (asprintf(&word, "%s=%s", names[i], getenv(names[i])) < 0)
            return;
        ck_suggestion_print_word(stderr, word);
        free(word);
    }
}

static void warn(const char *path, const char *action, const char *service)
{
    char name[NAME_MAX];

    name_service(service, name);
    fprintf(
        stderr,
        "capkeep: run: warning: systemd runs here, and %s hands \"%s\" over to it: pid 1 starts the daemon, without "
        "capkeep. As root, once:\n"
        "    mkdir -p " UNITS "%s.service.d &&",
        path, action, name);
    print_environment();
    fprintf(stderr,
            " capkeep convert --to systemd-dropin >" UNITS "%s.service.d/capkeep.conf && systemctl daemon-reload\n"
            "Or, for this start alone: SYSTEMCTL_SKIP_REDIRECT=1 capkeep run ... " INIT_SCRIPTS "%s %s\n",
            name, name, action);
}

void ck_redirect_warn(const char *path, char *const argv[])
{
    char script[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    if (access(SYSTEMD_BOOTED, F_OK) < 0 || argv[1] == NULL)
        return;
    bool is_script = realpath(path, script) != NULL && strncmp(script, INIT_SCRIPTS, strlen(INIT_SCRIPTS)) == 0;
    if (is_script && starts_something(argv[1]) && is_redirected(script))
        warn(path, argv[1], script + strlen(INIT_SCRIPTS));
    else if ((strcmp(name, "service") == 0 || strcmp(name, "invoke-rc.d") == 0) && starts_something(argv[2]))
        warn(path, argv[2], argv[1]);
    else if (strcmp(name, "systemctl") == 0 && starts_something(argv[1]) && argv[2] != NULL)
        warn(path, argv[1], argv[2]);
}
