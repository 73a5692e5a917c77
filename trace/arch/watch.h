#pragma once
/*
 * The system calls that are watched, by name. Their numbers on each architecture, which a tracee may choose call by
 * call, come from libseccomp.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ck_watch_kind {
    CK_WATCH_UID,    /* setuid and its kin */
    CK_WATCH_GID,    /* setgid and its kin, setgroups: what an exec makes of the sets depends on them */
    CK_WATCH_CAPS,   /* capset, prctl */
    CK_WATCH_EXEC,   /* execve, execveat */
    CK_WATCH_USERNS, /* unshare, setns: what may enter a user namespace */
    CK_WATCH_CLONE,  /* what may create a thread in another user namespace */
    CK_WATCH_PTRACE, /* ptrace: what is traced here may be a tracer itself */
    CK_WATCH_NEEDS,  /* what may be denied for want of a capability */
};

struct ck_watched {
    char name[24];
    enum ck_watch_kind kind;
};

/*
 * Looks the numbers up; once, before anything else here. `needs`: the calls of CK_WATCH_NEEDS are watched as well.
 * Returns 0 or -errno.
 */
int ck_watch_load(bool needs);

/* The watched call with this number on this architecture (AUDIT_ARCH_…), or NULL. */
const struct ck_watched *ck_watch_find(uint32_t arch, uint64_t number);

/* The number of any call by its name, or -1 where this architecture has none. */
int ck_watch_number(uint32_t arch, const char *name);

/* The name of any call, watched or not, to be freed; NULL where there is none. */
char *ck_watch_name(uint32_t arch, uint64_t number);

/*
 * Installs, in the calling process, a filter that stops at the watched calls of every architecture of this machine and
 * at nothing else (SECCOMP_RET_TRACE), without no_new_privs, which would change what is studied: so it needs
 * CAP_SYS_ADMIN. Returns 0 or -errno.
 */
int ck_watch_install_filter(void);
