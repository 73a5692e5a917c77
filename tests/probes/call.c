/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "call.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "call_caps.h"
#include "fault.h"
#include "state.h"

typedef void step_function(struct call *call, const char *operand);

struct step {
    const char *name;
    step_function *function;
};

/* A probe that cannot do what a test asks of it must not look like a result. */
static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "call: %s: %s\n", what, strerror(errno));
    exit(99);
}

static bool is_null(const char *operand)
{
    return strcmp(operand, "NULL") == 0;
}

size_t call_numbers(const char *operand, long *ret_numbers, size_t count)
{
    size_t found = 0;

    memset(ret_numbers, 0, count * sizeof(*ret_numbers));
    while (found < count && *operand != '\0') {
        char *end;
        ret_numbers[found++] = strtol(operand, &end, 0);
        require(end != operand && (*end == ',' || *end == '\0'), operand);
        operand = *end == ',' ? end + 1 : end;
    }
    return found;
}

static long one_number(const char *operand)
{
    long number;

    require(call_numbers(operand, &number, 1) == 1, operand);
    return number;
}

char *const *call_argv(const struct call *call)
{
    static char *only_path[2];

    if (call->argv_null)
        return NULL;
    if (call->argc > 0)
        return (char *const *)call->argv;
    only_path[0] = (char *)call->path;
    return only_path;
}

char *const *call_envp(const struct call *call)
{
    if (call->envp_null)
        return NULL;
    return call->envp_given ? (char *const *)call->envp : environ;
}

static const char *name_of(int error)
{
#ifdef __GLIBC__
    return strerrorname_np(error);
#else
    return error == EPERM ? "EPERM" : strerror(error); /* musl has no names; a test wants this one */
#endif
}

void call_report(const char *name, long result, int error)
{
    if (error == CALL_ERRNO_UNTOUCHED)
        printf("%s = %ld\n", name, result);
    else
        printf("%s = %ld errno %s\n", name, result, name_of(error));
}

void call_wait(pid_t pid)
{
    int status;

    require(waitpid(pid, &status, 0) > 0, "waitpid");
    if (WIFEXITED(status))
        printf("child exited %d\n", WEXITSTATUS(status));
    else
        printf("child ended by signal %d\n", WTERMSIG(status));
}

/* As a launcher's child does it; only system calls, since it may share its parent's memory. */
static void drop_in_child(const struct call *call)
{
    gid_t gid = (gid_t)call->child_uid;

    if (setgroups(1, &gid) < 0 || setresgid(gid, gid, gid) < 0)
        _exit(98);
    if (setresuid(call->child_uid, call->child_uid, call->child_uid) < 0)
        _exit(97);
}

void call_exec(const struct call *call, const char *name, call_exec_function *function)
{
    fflush(stdout);
    errno = CALL_ERRNO_UNTOUCHED;
    if (call->how == CALL_IN_SELF) {
        int result = function(call);
        call_report(name, result, errno);
        return;
    }
    pid_t pid = call->how == CALL_IN_FORK ? fork() : vfork();
    require(pid >= 0, "fork");
    if (pid == 0) {
        if (call->child_drops)
            drop_in_child(call);
        /* The parent cannot be told more than a byte by a child that must not touch its memory. */
        _exit(function(call) == -1 ? errno : 96);
    }
    printf("%s in a child\n", name);
    call_wait(pid);
}

/* --- settings */

static void set_path(struct call *call, const char *operand)
{
    call->path = is_null(operand) ? NULL : operand;
}

static void add_arg(struct call *call, const char *operand)
{
    require(call->argc < CALL_ARGS_MAX, "arg");
    call->argv[call->argc++] = (char *)operand;
    call->argv[call->argc] = NULL;
}

static void add_args(struct call *call, const char *operand)
{
    for (long i = 0; i < one_number(operand); i++) {
        char *text;
        require(asprintf(&text, "number-%ld", i) > 0, "asprintf");
        add_arg(call, text);
    }
}

/* One argument of so many bytes. */
static void add_big_arg(struct call *call, const char *operand)
{
    size_t size = (size_t)one_number(operand);
    char *text = malloc(size + 1);

    require(text != NULL, "malloc");
    memset(text, 'x', size);
    text[size] = '\0';
    add_arg(call, text);
}

static void set_argv(struct call *call, const char *operand)
{
    call->argv_null = is_null(operand);
    call->argc = 0;
}

static void add_env(struct call *call, const char *operand)
{
    require(call->envc < CALL_ARGS_MAX, "env");
    call->envp_given = true;
    call->envp[call->envc++] = (char *)operand;
    call->envp[call->envc] = NULL;
}

/* envp=NULL, or envp=EMPTY for a list of nothing. */
static void set_envp(struct call *call, const char *operand)
{
    call->envp_null = is_null(operand);
    call->envp_given = true;
    call->envc = 0;
    call->envp[0] = NULL;
}

static void set_fd(struct call *call, const char *operand)
{
    if (strcmp(operand, "none") == 0) {
        call->fd = -1;
        return;
    }
    call->fd = open(operand, O_PATH | O_CLOEXEC);
    require(call->fd >= 0, operand);
}

/* As fd=, but open in the program, too. */
static void set_open_fd(struct call *call, const char *operand)
{
    call->fd = open(operand, O_PATH);
    require(call->fd >= 0, operand);
}

/* A copy of a file in a descriptor that has no path; left open across exec, as a #! script in it needs it. */
static void set_memfd(struct call *call, const char *operand)
{
    char buffer[65536];
    ssize_t length;
    int from = open(operand, O_RDONLY | O_CLOEXEC);

    require(from >= 0, operand);
    call->fd = memfd_create("probe", 0);
    require(call->fd >= 0, "memfd_create");
    while ((length = read(from, buffer, sizeof(buffer))) > 0)
        require(write(call->fd, buffer, (size_t)length) == length, "memfd");
    require(length == 0, operand);
    close(from);
}

static void set_flags(struct call *call, const char *operand)
{
    call->flags = (int)one_number(operand);
}

static void set_how(struct call *call, const char *operand)
{
    call->how = strcmp(operand, "fork") == 0    ? CALL_IN_FORK
                : strcmp(operand, "vfork") == 0 ? CALL_IN_VFORK
                                                : CALL_IN_SELF;
}

static void set_child_uid(struct call *call, const char *operand)
{
    call->child_drops = true;
    call->child_uid = (uid_t)one_number(operand);
}

static void set_pid(struct call *call, const char *operand)
{
    call->pid_null = is_null(operand);
}

static void set_type(struct call *call, const char *operand)
{
    call->type = operand;
}

static void set_attributes(struct call *call, const char *operand)
{
    call->attributes_null = is_null(operand);
}

static void add_spawn_flag(struct call *call, const char *operand)
{
    static const struct {
        const char *name;
        short flag;
    } flags[] = {
        {"resetids", POSIX_SPAWN_RESETIDS},   {"setpgroup", POSIX_SPAWN_SETPGROUP},
        {"setsigdef", POSIX_SPAWN_SETSIGDEF}, {"setsigmask", POSIX_SPAWN_SETSIGMASK},
        {"setsid", POSIX_SPAWN_SETSID},       {"usevfork", POSIX_SPAWN_USEVFORK},
    };
    short all = 0;

    posix_spawnattr_getflags(&call->attributes, &all);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(flags[i].name, operand) == 0) {
            posix_spawnattr_setflags(&call->attributes, (short)(all | flags[i].flag));
            return;
        }
    }
    require(false, operand);
}

static sigset_t signals_of(const char *operand)
{
    long numbers[8];
    sigset_t set;
    size_t count = call_numbers(operand, numbers, 8);

    sigemptyset(&set);
    for (size_t i = 0; i < count; i++)
        require(sigaddset(&set, (int)numbers[i]) == 0, operand);
    return set;
}

static void set_spawn_mask(struct call *call, const char *operand)
{
    sigset_t set = signals_of(operand);

    posix_spawnattr_setsigmask(&call->attributes, &set);
}

static void set_spawn_default(struct call *call, const char *operand)
{
    sigset_t set = signals_of(operand);

    posix_spawnattr_setsigdefault(&call->attributes, &set);
}

/* FD:PATH, opened for reading. */
static void add_open_action(struct call *call, const char *operand)
{
    const char *path = strchr(operand, ':');

    require(path != NULL, operand);
    posix_spawn_file_actions_addopen(&call->actions, atoi(operand), path + 1, O_RDONLY, 0);
}

static void add_dup_action(struct call *call, const char *operand)
{
    long fds[2];

    require(call_numbers(operand, fds, 2) == 2, operand);
    posix_spawn_file_actions_adddup2(&call->actions, (int)fds[0], (int)fds[1]);
}

static void add_chdir_action(struct call *call, const char *operand)
{
    posix_spawn_file_actions_addchdir_np(&call->actions, operand);
}

/* --- preparations */

static void do_setenv(struct call *call, const char *operand)
{
    (void)call;
    require(putenv((char *)operand) == 0, operand); /* without "=" it removes the variable */
}

static void do_clearenv(struct call *call, const char *operand)
{
    (void)call;
    (void)operand;
    require(clearenv() == 0, "clearenv");
}

static void do_no_environ(struct call *call, const char *operand)
{
    (void)call;
    (void)operand;
    environ = NULL;
}

static void do_groups(struct call *call, const char *operand)
{
    gid_t gid = (gid_t)one_number(operand);

    (void)call;
    require(setgroups(1, &gid) == 0 && setresgid(gid, gid, gid) == 0, "groups");
}

/* Real, effective and saved. */
static void do_gids(struct call *call, const char *operand)
{
    long ids[3];

    (void)call;
    require(call_numbers(operand, ids, 3) == 3, operand);
    require(setresgid((gid_t)ids[0], (gid_t)ids[1], (gid_t)ids[2]) == 0, operand);
}

static void do_chroot(struct call *call, const char *operand)
{
    (void)call;
    require(chroot(operand) == 0 && chdir("/") == 0, operand);
}

static void do_keepcaps(struct call *call, const char *operand)
{
    (void)call;
    require(prctl(PR_SET_KEEPCAPS, one_number(operand)) == 0, "keepcaps");
}

static void do_securebits(struct call *call, const char *operand)
{
    (void)call;
    require(prctl(PR_SET_SECUREBITS, one_number(operand)) == 0, "securebits");
}

static void do_dumpable(struct call *call, const char *operand)
{
    (void)call;
    printf("dumpable = %d\n", prctl(PR_GET_DUMPABLE));
    (void)operand;
}

/* The soft limit: what is open stays open. */
static void do_nofile(struct call *call, const char *operand)
{
    struct rlimit limit;

    (void)call;
    require(getrlimit(RLIMIT_NOFILE, &limit) == 0, "nofile");
    limit.rlim_cur = (rlim_t)one_number(operand);
    require(setrlimit(RLIMIT_NOFILE, &limit) == 0, operand);
}

/* For what is written from here on, by this program too. */
static void do_fsize(struct call *call, const char *operand)
{
    const rlim_t size = (rlim_t)one_number(operand);
    const struct rlimit limit = {size, size};

    (void)call;
    require(setrlimit(RLIMIT_FSIZE, &limit) == 0, operand);
}

static void do_cd(struct call *call, const char *operand)
{
    (void)call;
    require(chdir(operand) == 0, operand);
}

static void do_block(struct call *call, const char *operand)
{
    sigset_t set = signals_of(operand);

    (void)call;
    require(sigprocmask(SIG_BLOCK, &set, NULL) == 0, "block");
}

/* To this thread, where it is pending if it is blocked. */
static void do_raise(struct call *call, const char *operand)
{
    (void)call;
    require(raise((int)one_number(operand)) == 0, "raise");
}

static void do_ignore(struct call *call, const char *operand)
{
    (void)call;
    require(signal((int)one_number(operand), SIG_IGN) != SIG_ERR, "ignore");
}

static void handler(int number)
{
    (void)number;
}

static void do_catch(struct call *call, const char *operand)
{
    (void)call;
    require(signal((int)one_number(operand), handler) != SIG_ERR, "catch");
}

static void do_status(struct call *call, const char *operand)
{
    (void)call;
    (void)operand;
    require(state_print_task(stdout, "/proc/thread-self") == 0, "status");
    state_print_own(stdout);
}

/* The numbers of what is open, into a file, as standard output may be closed. */
static void do_descriptors(struct call *call, const char *operand)
{
    FILE *to = fopen(operand, "we");
    DIR *directory = opendir("/proc/self/fd");

    (void)call;
    require(to != NULL && directory != NULL, operand);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        int fd = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && fd != dirfd(directory) && fd != fileno(to))
            fprintf(to, "%d\n", fd);
    }
    closedir(directory);
    require(fclose(to) == 0, operand);
}

/* The launcher's own environment is not the library's to change. */
static void do_printenv(struct call *call, const char *operand)
{
    (void)call;
    (void)operand;
    for (char **var = environ; var != NULL && *var != NULL; var++)
        printf("Own:\t%s\n", *var);
}

/* From here on the kernel refuses the library a call. */
static void do_fault(struct call *call, const char *operand)
{
    (void)call;
    fflush(stdout);
    if (!fault_install(operand))
        exit(99);
}

/* The same in the program that is executed next. */
static void do_fault_for_all(struct call *call, const char *operand)
{
    (void)call;
    fflush(stdout);
    if (!fault_install_for_all(operand))
        exit(99);
}

static void do_say(struct call *call, const char *operand)
{
    (void)call;
    puts(operand);
}

static const struct step steps[] = {
    {"path", set_path},
    {"arg", add_arg},
    {"args", add_args},
    {"bigarg", add_big_arg},
    {"argv", set_argv},
    {"env", add_env},
    {"envp", set_envp},
    {"fd", set_fd},
    {"openfd", set_open_fd},
    {"memfd", set_memfd},
    {"flags", set_flags},
    {"how", set_how},
    {"childuid", set_child_uid},
    {"pid", set_pid},
    {"type", set_type},
    {"attributes", set_attributes},
    {"spawnflag", add_spawn_flag},
    {"spawnmask", set_spawn_mask},
    {"spawndefault", set_spawn_default},
    {"spawnopen", add_open_action},
    {"spawndup", add_dup_action},
    {"spawnchdir", add_chdir_action},
    {"setenv", do_setenv},
    {"clearenv", do_clearenv},
    {"noenviron", do_no_environ},
    {"groups", do_groups},
    {"gids", do_gids},
    {"chroot", do_chroot},
    {"keepcaps", do_keepcaps},
    {"securebits", do_securebits},
    {"dumpable", do_dumpable},
    {"nofile", do_nofile},
    {"fsize", do_fsize},
    {"cd", do_cd},
    {"block", do_block},
    {"raise", do_raise},
    {"ignore", do_ignore},
    {"catch", do_catch},
    {"status", do_status},
    {"descriptors", do_descriptors},
    {"printenv", do_printenv},
    {"fault", do_fault},
    {"fault-for-all", do_fault_for_all},
    {"say", do_say},
    {"dlerror", call_dlerror},
#ifdef __GLIBC__ /* with musl, there are no such libraries here */
    {"libcap", call_libcap},
    {"libcap-reset-ambient", call_libcap_reset_ambient},
    {"libcapng", call_libcapng},
#endif
#define CK_SYMBOL(name, family, need) {#name, call_##name},
#include "../../shim/symbols.def"
#undef CK_SYMBOL
};

static void run_step(struct call *call, const char *text)
{
    size_t length = strcspn(text, "=");

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strlen(steps[i].name) == length && strncmp(steps[i].name, text, length) == 0) {
            steps[i].function(call, text[length] == '=' ? text + length + 1 : "");
            return;
        }
    }
    fprintf(stderr, "call: no such step: %s\n", text);
    exit(99);
}

int main(int argc, char *argv[])
{
    static struct call call = {.fd = AT_FDCWD, .type = "r"};

    posix_spawn_file_actions_init(&call.actions);
    posix_spawnattr_init(&call.attributes);
    for (int i = 1; i < argc; i++)
        run_step(&call, argv[i]);
    return fflush(stdout) == 0 ? 0 : 1;
}
