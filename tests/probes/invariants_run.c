/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "invariants_run.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

/* What errno is set to before a call; no system call returns it. */
#define ERRNO_UNTOUCHED 4242

int capset(cap_user_header_t header, const cap_user_data_t data);
#ifdef __i386__
int __prctl_time64(int option, ...);
#endif
/* Where the C library has them; they are not called here. */
__typeof__(posix_spawn) pidfd_spawn;
__typeof__(posix_spawnp) pidfd_spawnp;
#pragma weak pidfd_spawn
#pragma weak pidfd_spawnp

/* The wrapped functions: as this program calls them, which is by the library, and the C library's own. */
struct functions {
#define CK_SYMBOL(name, family, need) __typeof__(&name) name;
#include "../../shim/symbols.def"
#undef CK_SYMBOL
};

static const struct functions ours = {
#define CK_SYMBOL(name, family, need) .name = name,
#include "../../shim/symbols.def"
#undef CK_SYMBOL
};

static struct functions bare;

static char *bare_environ[] = {NULL, NULL};

static bool find_bare_functions(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

    if (libc == NULL)
        return false;
#define CK_SYMBOL(name, family, need) *(void **)&bare.name = dlsym(libc, #name);
#include "../../shim/symbols.def"
#undef CK_SYMBOL
    return bare.execveat != NULL;
}

/* --- into the state */

static void require(long result, int step)
{
    if (result < 0)
        _exit(step);
}

static void fill(uint64_t permitted, uint64_t effective, uint64_t inheritable, struct __user_cap_data_struct data[2])
{
    for (int half = 0; half < 2; half++) {
        data[half].permitted = (uint32_t)(permitted >> (32 * half));
        data[half].effective = (uint32_t)(effective >> (32 * half));
        data[half].inheritable = (uint32_t)(inheritable >> (32 * half));
    }
}

static long set_caps(const struct functions *functions, uint64_t kind, const uint64_t args[3])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    fill(args[0], args[1], args[2], data);
    return kind == KIND_CAPSET ? functions->capset(&header, data) : functions->syscall(SYS_capset, &header, data);
}

/*
 * By the C library's own functions, so that the library sees nothing of it: the state is as if another launcher had
 * brought it about. With SECBIT_NO_SETUID_FIXUP any ids can be had without a loss.
 */
static void take_state(const struct invariants_limits *limits, const struct invariants_case *the_case)
{
    const uint64_t *uids = the_case->uids;
    uint64_t all = limits->held;

    require(bare.syscall(SYS_prctl, PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), 2);
    require(bare.syscall(SYS_setresuid, uids[0], uids[1], uids[2]), 3);
    require(set_caps(&bare, KIND_CAPSET, (const uint64_t[]){all, all, the_case->inheritable}), 4);
    for (unsigned long cap = 0; cap <= limits->last_cap; cap++) {
        if ((the_case->ambient >> cap & 1) != 0)
            require(bare.syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0), 5);
        if (((all & ~the_case->bounding) >> cap & 1) != 0)
            require(bare.syscall(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0), 6);
    }
    require(bare.syscall(SYS_prctl, PR_SET_SECUREBITS, the_case->securebits, 0, 0, 0), 7);
    if (the_case->no_new_privs)
        require(bare.syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 8);
    if (the_case->fault[0] != '\0' && !fault_install(the_case->fault))
        _exit(9);
    require(set_caps(&bare, KIND_CAPSET,
                     (const uint64_t[]){the_case->permitted, the_case->effective, the_case->inheritable}),
            10);
}

/* --- the calls */

static long call_simple(const struct functions *f, const struct invariants_call *call)
{
    const uint64_t *a = call->args;
    uid_t uids[3] = {(uid_t)a[0], (uid_t)a[1], (uid_t)a[2]};

    switch (call->kind) {
    case KIND_SETUID:
        return f->setuid(uids[0]);
    case KIND_SETEUID:
        return f->seteuid(uids[0]);
    case KIND_SETREUID:
        return f->setreuid(uids[0], uids[1]);
    case KIND_SETRESUID:
        return f->setresuid(uids[0], uids[1], uids[2]);
    case KIND_SETFSUID:
        return f->setfsuid(uids[0]);
    case KIND_SYS_SETUID:
        return f->syscall(SYS_setuid, uids[0]);
    case KIND_SYS_SETREUID:
        return f->syscall(SYS_setreuid, uids[0], uids[1]);
    case KIND_SYS_SETRESUID:
        return f->syscall(SYS_setresuid, uids[0], uids[1], uids[2]);
    case KIND_CAPSET:
    case KIND_SYS_CAPSET:
        return set_caps(f, call->kind, a);
    case KIND_PRCTL:
        return f->prctl((int)a[0], a[1], a[2], 0UL, 0UL);
    case KIND_SYS_PRCTL:
        return f->syscall(SYS_prctl, a[0], a[1], a[2], 0L, 0L);
    case KIND_DLOPEN:
        return f->dlopen("libc.so.6", RTLD_NOW) != NULL;
    default:
        return -1;
    }
}

struct program {
    const char *name; /* to be found in PATH */
    char path[256];
    char last_cap[16];
};

static long execute(const struct functions *f, uint64_t kind, const struct program *program)
{
    const char *path = program->path;
    char *argv[] = {(char *)path, (char *)program->last_cap, NULL};

    switch (kind) {
    case KIND_EXECVE:
        return f->execve(path, argv, environ);
    case KIND_EXECV:
        return f->execv(path, argv);
    case KIND_EXECVP:
        return f->execvp(program->name, argv);
    case KIND_EXECVPE:
        return f->execvpe(program->name, argv, environ);
    case KIND_EXECL:
        return f->execl(path, path, program->last_cap, (char *)NULL);
    case KIND_EXECLP:
        return f->execlp(program->name, path, program->last_cap, (char *)NULL);
    case KIND_EXECLE:
        return f->execle(path, path, program->last_cap, (char *)NULL, environ);
    case KIND_FEXECVE:
        return f->fexecve(open(path, O_PATH | O_CLOEXEC), argv, environ);
    case KIND_EXECVEAT:
        return f->execveat(AT_FDCWD, path, argv, environ, 0);
    case KIND_SYS_EXECVE:
        return f->syscall(SYS_execve, path, argv, environ);
    default:
        return f->syscall(SYS_execveat, AT_FDCWD, path, argv, environ, 0);
    }
}

static long spawn(const struct functions *f, const struct invariants_call *call, const struct program *program)
{
    char *argv[] = {(char *)program->path, (char *)program->last_cap, NULL};
    posix_spawnattr_t attributes;
    pid_t pid;

    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, call->args[1] != 0 ? POSIX_SPAWN_RESETIDS : 0);
    int result = call->kind == KIND_POSIX_SPAWN
                     ? f->posix_spawn(&pid, program->path, NULL, &attributes, argv, environ)
                     : f->posix_spawnp(&pid, program->name, NULL, &attributes, argv, environ);
    int saved_errno = errno;
    if (result == 0)
        waitpid(pid, NULL, 0);
    errno = saved_errno;
    return result;
}

static long run_shell(const struct functions *f, uint64_t kind, const struct program *program)
{
    char command[300];

    (void)snprintf(command, sizeof(command), "exec %s %s", program->path, program->last_cap);
    if (kind == KIND_SYSTEM)
        return f->system(command);
    FILE *stream = f->popen(command, "r");
    return stream != NULL ? pclose(stream) : -1;
}

static long make_call(const struct invariants_runner *runner, const struct functions *f,
                      const struct invariants_call *call)
{
    struct program program;

    if (!invariants_starts_program(call->kind))
        return call_simple(f, call);
    program.name = invariants_program_name(call->args[0]);
    (void)snprintf(program.path, sizeof(program.path), "%s/%s", runner->directory, program.name);
    (void)snprintf(program.last_cap, sizeof(program.last_cap), "%u", runner->limits->last_cap);
    if (call->kind >= KIND_SYSTEM)
        return run_shell(f, call->kind, &program);
    return call->kind >= KIND_POSIX_SPAWN ? spawn(f, call, &program) : execute(f, call->kind, &program);
}

/* What the call does to a process that lives on; an exec leaves nothing but the program's report. */
static void make_and_note(const struct invariants_runner *runner, const struct functions *f,
                          const struct invariants_call *call, struct invariants_outcome *outcome)
{
    errno = ERRNO_UNTOUCHED;
    outcome->result = make_call(runner, f, call);
    outcome->error = errno == ERRNO_UNTOUCHED ? 0 : (uint64_t)errno;
    compare_state_read(runner->limits->last_cap, &outcome->after);
    outcome->done = 1;
}

static void take_report(const struct invariants_runner *runner, struct invariants_outcome *outcome)
{
    outcome->started = runner->report->done;
    outcome->program = runner->report->after;
    runner->report->done = 0;
}

static uint64_t log_size(const struct invariants_runner *runner)
{
    struct stat file;

    return fstat(runner->log, &file) == 0 ? (uint64_t)file.st_size : 0;
}

static void be_the_twin(const struct invariants_runner *runner, const struct invariants_call *call,
                        struct invariants_outcome *outcome)
{
    environ = bare_environ;
    make_and_note(runner, &bare, call, outcome);
    _exit(0);
}

static void be_the_case(const struct invariants_runner *runner, const struct invariants_case *the_case)
{
    struct invariants_record *record = runner->record;

    take_state(runner->limits, the_case);
    for (uint64_t i = 0; i < the_case->call_count; i++) {
        const struct invariants_call *call = &the_case->calls[i];
        struct invariants_step *step = &record->step[i];

        compare_state_read(runner->limits->last_cap, &step->before);
        pid_t twin = fork();
        if (twin == 0)
            be_the_twin(runner, call, &step->bare);
        if (twin < 0 || waitpid(twin, NULL, 0) != twin)
            _exit(11);
        take_report(runner, &step->bare);
        step->log_start = log_size(runner);
        record->steps = i + 1;
        make_and_note(runner, &ours, call, &step->ours);
        take_report(runner, &step->ours);
        step->log_end = log_size(runner);
    }
    _exit(0);
}

/* --- the parent */

static void *share(size_t size, int number)
{
    int fd = memfd_create("invariants", MFD_CLOEXEC);
    void *memory = MAP_FAILED;

    if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory != MAP_FAILED && number >= 0 && dup2(fd, number) < 0)
        memory = MAP_FAILED;
    if (fd >= 0)
        close(fd);
    return memory;
}

int invariants_start(struct invariants_runner *runner)
{
    static char path[300];

    (void)snprintf(path, sizeof(path), "PATH=%s", runner->directory);
    bare_environ[0] = path;
    runner->report = share(sizeof(*runner->report), COMPARE_REPORT_FD);
    runner->record = share(sizeof(*runner->record), -1);
    /* A file, so that nothing is lost; appended to, by whoever writes. */
    runner->log = memfd_create("log", MFD_CLOEXEC);
    if (runner->report == MAP_FAILED || runner->record == MAP_FAILED || runner->log < 0 || !find_bare_functions())
        return -1;
    if (fcntl(runner->log, F_SETFL, O_APPEND) < 0 || dup2(runner->log, 2) < 0)
        return -1;
    return 0;
}

const char *invariants_run(struct invariants_runner *runner, const struct invariants_case *the_case)
{
    static char trouble[64];
    int status = 0;

    *runner->record = (struct invariants_record){0};
    runner->report->done = 0;
    if (ftruncate(runner->log, 0) < 0)
        return "the log";
    pid_t pid = fork();
    if (pid == 0)
        be_the_case(runner, the_case);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return "no child process is to be had";
    struct invariants_record *record = runner->record;
    if (record->steps > 0 && !record->step[record->steps - 1].ours.done) {
        struct invariants_step *last = &record->step[record->steps - 1];
        take_report(runner, &last->ours);
        last->log_end = log_size(runner);
        if (last->ours.started && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return NULL;
        (void)snprintf(trouble, sizeof(trouble), "the call did not return: status %#x", (unsigned)status);
        return trouble;
    }
    if (record->steps > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    (void)snprintf(trouble, sizeof(trouble), "the state could not be had: status %#x", (unsigned)status);
    return trouble;
}
