/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A library that is preloaded behind libcapkeep.so and wraps two functions itself, as snoopy or fakeroot do: each call says
 * so on standard error, and goes on to the next one. BEHIND_BY_FUNCTION lets the loader choose one of them at load.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

static void say(const char *line)
{
    (void)!write(2, line, strlen(line));
}

static int own_setresuid(uid_t real, uid_t effective, uid_t saved)
{
    int (*next)(uid_t, uid_t, uid_t);

    say("behind: setresuid\n");
    *(void **)&next = dlsym(RTLD_NEXT, "setresuid");
    return next(real, effective, saved);
}

#ifdef BEHIND_BY_FUNCTION
__attribute__((used)) static int (*choose(void))(uid_t, uid_t, uid_t)
{
    return own_setresuid;
}

int setresuid(uid_t real, uid_t effective, uid_t saved) __attribute__((ifunc("choose")));
#else
int setresuid(uid_t real, uid_t effective, uid_t saved)
{
    return own_setresuid(real, effective, saved);
}
#endif

int execve(const char *path, char *const argv[], char *const envp[])
{
    int (*next)(const char *, char *const[], char *const[]);

    say("behind: execve\n");
    *(void **)&next = dlsym(RTLD_NEXT, "execve");
    return next(path, argv, envp);
}
