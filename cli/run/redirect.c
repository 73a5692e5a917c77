#include "redirect.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../shim/cold/load.h"

/* sd_booted(3) */
#define SYSTEMD_BOOTED "/run/systemd/system"

/* Of Debian's sysvinit-utils: /lib/lsb/init-functions reads it, in nearly every init script. */
#define LSB_HOOK "/lib/lsb/init-functions.d/40-systemd"

#define INIT_SCRIPTS "/etc/init.d/"

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

static void warn(const char *path, const char *action, const char *service)
{
    fprintf(stderr,
            "capkeep: run: warning: systemd runs here, and %s hands \"%s\" over to it: pid 1 starts the daemon, and "
            "without capkeep. Use SYSTEMCTL_SKIP_REDIRECT=1 capkeep run ... " INIT_SCRIPTS "%s %s; or write the rule "
            "into " CK_CONF_DIR ", and by `systemctl edit %s` the two lines [Service] and "
            "Environment=LD_PRELOAD=libcapkeep.so\n",
            path, action, service, action, service);
}

void ck_redirect_warn(const char *path, char *const argv[])
{
    char script[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    bool is_script = realpath(path, script) != NULL && strncmp(script, INIT_SCRIPTS, strlen(INIT_SCRIPTS)) == 0;

    if (access(SYSTEMD_BOOTED, F_OK) < 0 || argv[1] == NULL)
        return;
    if (is_script && starts_something(argv[1]) && is_redirected(script))
        warn(path, argv[1], script + strlen(INIT_SCRIPTS));
    else if ((strcmp(name, "service") == 0 || strcmp(name, "invoke-rc.d") == 0) && starts_something(argv[2]))
        warn(path, argv[2], argv[1]);
    else if (strcmp(name, "systemctl") == 0 && starts_something(argv[1]) && argv[2] != NULL)
        warn(path, argv[1], argv[2]);
}
