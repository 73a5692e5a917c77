/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "predict.h"

#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../model/capset_call.h"
#include "../../model/prctl.h"
#include "../../model/uid_change.h"
#include "../../model/userns.h"
#include "../proc/file.h"
#include "../proc/memory.h"

static bool is_call(const struct ck_tracee *tracee, const char *name)
{
    size_t length = strlen(name);

    /* i386 has two of each: setuid, and setuid32 for ids of 32 bits. */
    return strncmp(tracee->call->name, name, length) == 0 &&
           (tracee->call->name[length] == '\0' || strcmp(tracee->call->name + length, "32") == 0);
}

static bool read_capset(const struct ck_tracee *tracee, pid_t *ret_pid, struct ck_capset *ret_wanted)
{
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2] = {{0}};
    size_t halves;

    if (ck_memory_read(tracee->tid, tracee->args[0], &header, sizeof(header)) < 0)
        return false;
    halves = header.version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
    if (ck_memory_read(tracee->tid, tracee->args[1], data, halves * sizeof(data[0])) < 0)
        return false;
    *ret_pid = header.pid;
    *ret_wanted = (struct ck_capset){
        .permitted = data[0].permitted | (uint64_t)data[1].permitted << 32,
        .effective = data[0].effective | (uint64_t)data[1].effective << 32,
        .inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32,
    };
    return true;
}

void ck_predict_read(const struct ck_tracee *tracee, struct ck_call_memory *ret_memory)
{
    ret_memory->has_capset =
        is_call(tracee, "capset") && read_capset(tracee, &ret_memory->capset_pid, &ret_memory->capset);
}

static bool prctl_matters(const uint64_t args[6])
{
    switch (args[0]) {
    case PR_SET_KEEPCAPS:
    case PR_SET_SECUREBITS:
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAPBSET_DROP:
        return true;
    case PR_CAP_AMBIENT:
        return args[1] != PR_CAP_AMBIENT_IS_SET;
    default:
        return false;
    }
}

bool ck_predict_matters(const struct ck_tracee *tracee)
{
    if (is_call(tracee, "prctl"))
        return prctl_matters(tracee->args);
    /* setns says what it enters with its second argument, or, if that is 0, with its descriptor alone. */
    if (is_call(tracee, "setns"))
        return tracee->args[1] == 0 || (tracee->args[1] & CLONE_NEWUSER) != 0;
    if (is_call(tracee, "unshare"))
        return (tracee->args[0] & CLONE_NEWUSER) != 0;
    return tracee->call->kind == CK_WATCH_UID || tracee->call->kind == CK_WATCH_CAPS;
}

bool ck_predict_renames(const struct ck_tracee *tracee)
{
    return is_call(tracee, "prctl") && tracee->args[0] == PR_SET_NAME;
}

bool ck_predict_enters_userns(const struct ck_tracee *tracee)
{
    uint64_t flags = tracee->args[0];

    if (tracee->call == NULL || tracee->call->kind != CK_WATCH_CLONE)
        return false;
    /* clone3 has its flags in the first word of a structure. */
    if (is_call(tracee, "clone3") && ck_memory_read(tracee->tid, tracee->args[0], &flags, sizeof(flags)) < 0)
        return true;
    return (flags & CLONE_NEWUSER) != 0;
}

/* An id in a register: 16 bits of it in i386's old calls, in which 0xffff leaves an id as it is. */
static uid_t id_of(const struct ck_tracee *tracee, int argument)
{
    uid_t id = (uid_t)tracee->args[argument];
    bool is_short = tracee->is_32bit && tracee->call->name[strlen(tracee->call->name) - 1] != '2';

    return is_short && (uint16_t)id == UINT16_MAX ? CK_ID_NONE : id;
}

bool ck_predict_call(const struct ck_kernel *kernel, const struct ck_tracee *tracee,
                     const struct ck_call_memory *memory, const struct ck_thread *before,
                     struct ck_outcome *ret_outcome)
{
    const uint64_t *args = tracee->args;

    if (is_call(tracee, "setuid"))
        return ck_uid_change_setuid(before, id_of(tracee, 0), ret_outcome) == 0;
    if (is_call(tracee, "setreuid"))
        return ck_uid_change_setreuid(before, id_of(tracee, 0), id_of(tracee, 1), ret_outcome) == 0;
    if (is_call(tracee, "setresuid")) {
        const struct ck_uids uids = {id_of(tracee, 0), id_of(tracee, 1), id_of(tracee, 2)};
        return ck_uid_change_setresuid(kernel, before, &uids, ret_outcome) == 0;
    }
    if (is_call(tracee, "setfsuid")) {
        ck_uid_change_setfsuid(before, id_of(tracee, 0), ret_outcome);
        return true;
    }
    if (is_call(tracee, "capset"))
        return memory->has_capset && ck_capset_call(kernel, before, &memory->capset, ret_outcome) == 0;
    if (is_call(tracee, "prctl")) {
        const unsigned long values[4] = {(unsigned long)args[1], (unsigned long)args[2], (unsigned long)args[3],
                                         (unsigned long)args[4]};
        return ck_prctl_call(kernel, before, (int)args[0], values, ret_outcome) >= 0;
    }
    if (tracee->call->kind == CK_WATCH_USERNS) {
        struct ck_userns created;
        bool known = ck_userns_unshare(kernel, before, &created, ret_outcome) == 0;
        ret_outcome->after.userns = before->userns; /* only its losses are looked at */
        return known;
    }
    return false;
}

bool ck_predict_exec(const struct ck_kernel *kernel, const char *path, const struct ck_thread *before,
                     struct ck_outcome *ret_outcome, bool *ret_secure)
{
    unsigned char caps[CK_FILE_CAPS_SIZE];
    struct ck_file file;

    return ck_file_read(path, caps, &file) == 0 && ck_exec_call(kernel, before, &file, ret_outcome, ret_secure) == 0;
}
