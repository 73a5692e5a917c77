#pragma once
/* What /proc tells of a thread. Its securebits it does not tell. */
#include "../model/creds.h"

#define CK_PROC_GROUPS_MAX 64U

struct ck_proc {
    pid_t pid;  /* of its process */
    pid_t ppid; /* of its process's parent */
    char comm[17];
    struct ck_thread thread; /* `groups` points to the next; securebits, shares_fs, chrooted, traced are not set */
    gid_t groups[CK_PROC_GROUPS_MAX]; /* the first ones */
};

/* Reads /proc/TID/status. Returns 0 or -errno. */
int ck_proc_read(pid_t tid, struct ck_proc *ret_proc);

/* Copies, with `groups` pointing into the copy. */
void ck_proc_copy(struct ck_proc *to, const struct ck_proc *from);

/* The file that a process executes, or "?"; a script's is its interpreter. */
void ck_proc_read_exe(pid_t pid, char *ret_path, size_t size);

/* Whether the process is in the user namespace of the caller; true where that cannot be told. */
bool ck_proc_is_here(pid_t pid);
