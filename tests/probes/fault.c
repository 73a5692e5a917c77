/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARGS_MAX 2
#define ANY (-1L)

struct name {
    const char *name;
    long number;
};

/* All that the library calls, in the order of its sys.c. */
static const struct name calls[] = {
    {"any", ANY},
    {"capget", SYS_capget},
    {"capset", SYS_capset},
    {"prctl", SYS_prctl},
    {"getresuid", SYS_getresuid},
    {"getuid", SYS_getuid},
    {"geteuid", SYS_geteuid},
    {"getgid", SYS_getgid},
    {"rt_sigaction", SYS_rt_sigaction},
    {"openat", SYS_openat},
    {"close", SYS_close},
    {"pread64", SYS_pread64},
    {"write", SYS_write},
    {"ppoll", SYS_ppoll},
    {"pipe2", SYS_pipe2},
    {"tee", SYS_tee},
    {"readlinkat", SYS_readlinkat},
    {"statx", SYS_statx},
    {"statfs", SYS_statfs},
    {"getxattr", SYS_getxattr},
    {"socket", SYS_socket},
    {"sendmsg", SYS_sendmsg},
    {"getpid", SYS_getpid},
    {"gettid", SYS_gettid},
    {"mmap", SYS_mmap},
    {"munmap", SYS_munmap},
    {"rt_sigprocmask", SYS_rt_sigprocmask},
    {"rt_sigpending", SYS_rt_sigpending},
    {"rt_sigtimedwait", SYS_rt_sigtimedwait},
    {"getsockopt", SYS_getsockopt},
};

static const struct name errors[] = {
    {"EPERM", EPERM},   {"ENOSYS", ENOSYS}, {"EINTR", EINTR},   {"ENOMEM", ENOMEM},
    {"EMFILE", EMFILE}, {"EAGAIN", EAGAIN}, {"EINVAL", EINVAL}, {"EFAULT", EFAULT},
};

/* The library's code, by its addresses. */
struct range {
    uintptr_t start;
    uintptr_t end;
};

struct fault {
    long call;
    long arguments[ARGS_MAX];
    unsigned count;
    long error;
    long nth; /* 0 for always */
    bool onwards;
};

static struct {
    struct fault fault;
    long seen;
    long (*syscall)(long, ...); /* the C library's own: the name belongs to the library */
} counted;

static const struct name *find(const struct name *names, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i].name) == length && strncmp(names[i].name, name, length) == 0)
            return &names[i];
    }
    return NULL;
}

static const char *name_of(long number)
{
    for (size_t i = 1; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (calls[i].number == number)
            return calls[i].name;
    }
    return "?";
}

static int find_library(struct dl_phdr_info *info, size_t size, void *context)
{
    struct range *range = context;
    const char *name = strrchr(info->dlpi_name, '/');

    (void)size; /* the fields are in every version */
    if (name == NULL || strcmp(name, "/libcapkeep.so") != 0)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0)
            *range = (struct range){info->dlpi_addr + segment->p_vaddr,
                                    info->dlpi_addr + segment->p_vaddr + segment->p_memsz};
    }
    return 1;
}

/* --- counted calls: the filter raises SIGSYS, and the handler makes the call, or fails it */

#if defined(__x86_64__)
#define RESULT(context) (context)->uc_mcontext.gregs[REG_RAX]
static const int registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
#define ARGUMENT(context, i) (context)->uc_mcontext.gregs[registers[i]]
#elif defined(__i386__)
#define RESULT(context) (context)->uc_mcontext.gregs[REG_EAX]
static const int registers[] = {REG_EBX, REG_ECX, REG_EDX, REG_ESI, REG_EDI, REG_EBP};
#define ARGUMENT(context, i) (context)->uc_mcontext.gregs[registers[i]]
#elif defined(__aarch64__)
#define RESULT(context) *(long long *)&(context)->uc_mcontext.regs[0]
#define ARGUMENT(context, i) (context)->uc_mcontext.regs[i]
#else
#error "fault.c: the registers of this architecture's system calls are missing"
#endif

static void tell(long number, long a, long b)
{
    char line[128];
    int length = snprintf(line, sizeof(line), "fault: %s %ld %ld\n", name_of(number), a, b);

    counted.syscall(SYS_write, 2L, line, (size_t)length);
}

static void on_call(int signal, siginfo_t *info, void *data)
{
    ucontext_t *context = data;
    int saved_errno = errno;
    long a[6];

    (void)signal; /* SIGSYS */
    for (int i = 0; i < 6; i++)
        a[i] = (long)ARGUMENT(context, i);
    long seen = __atomic_add_fetch(&counted.seen, 1, __ATOMIC_RELAXED);
    if (seen == counted.fault.nth || (counted.fault.onwards && seen > counted.fault.nth)) {
        tell(info->si_syscall, a[0], a[1]);
        RESULT(context) = -counted.fault.error;
    } else {
        long result = counted.syscall(info->si_syscall, a[0], a[1], a[2], a[3], a[4], a[5]);
        RESULT(context) = result < 0 ? -errno : result;
    }
    errno = saved_errno;
}

static bool count_calls(void)
{
    struct sigaction action = {.sa_sigaction = on_call, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

    if (libc == NULL)
        return false;
    *(void **)&counted.syscall = dlsym(libc, "syscall");
    return counted.syscall != NULL && sigaction(SIGSYS, &action, NULL) == 0;
}

/* --- the filter */

struct program {
    struct sock_filter code[32];
    unsigned short length;
};

static void add(struct program *program, unsigned short code, uint32_t k, uint8_t jump_true, uint8_t jump_false)
{
    program->code[program->length++] = (struct sock_filter){code, jump_true, jump_false, k};
}

/* Lets the call through unless the word at `offset` compares as told. */
static void require(struct program *program, uint32_t offset, unsigned short comparison, uint32_t value, bool expected)
{
    add(program, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
    add(program, BPF_JMP | comparison | BPF_K, value, expected ? 1 : 0, expected ? 0 : 1);
    add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static uint32_t high(uint64_t address)
{
    return (uint32_t)(address >> 32);
}

#define LOW(field) (uint32_t)offsetof(struct seccomp_data, field)
#define HIGH(field) (uint32_t)(offsetof(struct seccomp_data, field) + 4)

/* The address is compared in halves. One library in some ten thousand has a boundary of 4 GiB in the middle. */
static void require_address(struct program *program, const struct range *range)
{
    if (high(range->start) == high(range->end)) {
        require(program, HIGH(instruction_pointer), BPF_JEQ, high(range->start), true);
        require(program, LOW(instruction_pointer), BPF_JGE, (uint32_t)range->start, true);
        require(program, LOW(instruction_pointer), BPF_JGE, (uint32_t)range->end, false);
        return;
    }
    add(program, BPF_LD | BPF_W | BPF_ABS, HIGH(instruction_pointer), 0, 0);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, high(range->start), 0, 2);
    add(program, BPF_LD | BPF_W | BPF_ABS, LOW(instruction_pointer), 0, 0);
    add(program, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)range->start, 4, 3);
    add(program, BPF_JMP | BPF_JEQ | BPF_K, high(range->end), 0, 2);
    add(program, BPF_LD | BPF_W | BPF_ABS, LOW(instruction_pointer), 0, 0);
    add(program, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)range->end, 0, 1);
    add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static bool set_filter(const struct fault *fault, const struct range *range, uint32_t answer)
{
    struct program program = {.length = 0};

    if (range->end != 0)
        require_address(&program, range);
    if (fault->call != ANY)
        require(&program, LOW(nr), BPF_JEQ, (uint32_t)fault->call, true);
    for (unsigned i = 0; i < fault->count; i++)
        require(&program, LOW(args) + 8 * i, BPF_JEQ, (uint32_t)fault->arguments[i], true);
    add(&program, BPF_RET | BPF_K, answer, 0, 0);
    const struct sock_fprog filter = {program.length, program.code};
    /* Without no_new_privs, for which there is CAP_SYS_ADMIN. */
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0;
}

static bool complain(const char *what, const char *spec)
{
    fprintf(stderr, "fault: %s: %s\n", what, spec);
    return false;
}

static bool read_fault(const char *spec, struct fault *ret_fault)
{
    size_t length = strcspn(spec, ":,");
    const struct name *call = find(calls, sizeof(calls) / sizeof(calls[0]), spec, length);
    char *rest = (char *)spec + length;

    *ret_fault = (struct fault){0};
    while (*rest == ':' && ret_fault->count < ARGS_MAX)
        ret_fault->arguments[ret_fault->count++] = strtol(rest + 1, &rest, 0);
    if (call == NULL || *rest != ',')
        return complain("no such call", spec);
    length = strcspn(rest + 1, ",");
    const struct name *error = find(errors, sizeof(errors) / sizeof(errors[0]), rest + 1, length);
    if (error == NULL)
        return complain("no such error", spec);
    ret_fault->call = call->number;
    ret_fault->error = error->number;
    rest += 1 + length;
    if (*rest == '\0')
        return true;
    ret_fault->nth = strtol(rest + 1, &rest, 10);
    ret_fault->onwards = *rest == '+';
    return true;
}

bool fault_install(const char *spec)
{
    struct fault fault;
    struct range range;

    if (!read_fault(spec, &fault))
        return false;
    if (dl_iterate_phdr(find_library, &range) == 0)
        return true; /* the run without the library: there is nothing to fail */
    counted.fault = fault;
    if (fault.nth == 0)
        return set_filter(&fault, &range, SECCOMP_RET_ERRNO | (uint32_t)fault.error) || complain(strerror(errno), spec);
    return (count_calls() && set_filter(&fault, &range, SECCOMP_RET_TRAP)) || complain(strerror(errno), spec);
}

bool fault_install_for_all(const char *spec)
{
    const struct range everywhere = {0};
    struct fault fault;

    if (!read_fault(spec, &fault))
        return false;
    return set_filter(&fault, &everywhere, SECCOMP_RET_ERRNO | (uint32_t)fault.error) ||
           complain(strerror(errno), spec);
}
