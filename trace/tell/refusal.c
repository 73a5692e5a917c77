/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../model/exec.h"
#include "../../model/prctl.h"
#include "../follow/rival.h"
#include "../proc/file.h"
#include "../proc/proc.h"
#include "predict.h"

/* By a rule of the model's. */
static bool by_rule(enum ck_kernel_rule rule, uint64_t mask, const char *what, struct ck_refusal *ret_refusal)
{
    const struct ck_rule_info *info = ck_rule_describe(rule);

    *ret_refusal = (struct ck_refusal){info->code, info->text, what, mask};
    return true;
}

static bool refuses_raise(const struct ck_thread *thread, uint64_t cap, struct ck_refusal *ret_refusal)
{
    enum ck_kernel_rule rule;

    return cap < CK_CAPS_MAX && ck_prctl_refuses_raise(thread, (unsigned)cap, &rule) &&
           by_rule(rule, ck_cap_bit((unsigned)cap), "PR_CAP_AMBIENT_RAISE", ret_refusal);
}

/* The bit above each flag is its lock. Without CAP_SETPCAP it is a denial. */
static bool refuses_securebits(uint32_t old, uint64_t wanted, const char *what, struct ck_refusal *ret_refusal)
{
    const uint64_t locks = old & SECURE_ALL_LOCKS;

    if (((old ^ wanted) & locks >> 1) == 0 && (locks & ~wanted) == 0)
        return false;
    *ret_refusal =
        (struct ck_refusal){"securebits-locked", "a securebit that is locked cannot be changed any more", what, 0};
    return true;
}

static bool refuses_prctl(const struct ck_thread *thread, const uint64_t args[6], struct ck_refusal *ret_refusal)
{
    uint32_t bits = thread->securebits;

    if (args[0] == PR_CAP_AMBIENT && args[1] == PR_CAP_AMBIENT_RAISE)
        return refuses_raise(thread, args[2], ret_refusal);
    if (args[0] == PR_SET_SECUREBITS)
        return refuses_securebits(bits, args[1], "PR_SET_SECUREBITS", ret_refusal);
    if (args[0] == PR_SET_KEEPCAPS)
        return refuses_securebits(bits, bits ^ SECBIT_KEEP_CAPS, "PR_SET_KEEPCAPS", ret_refusal);
    return false;
}

/* In the order of the kernel's own questions (cap_capset). */
static bool refuses_capset(const struct ck_thread *thread, const struct ck_capset *wanted,
                           struct ck_refusal *ret_refusal)
{
    const struct ck_capset *old = &thread->caps;
    bool may_add = ck_thread_capable(thread, CAP_SETPCAP);
    const struct ck_refusal refusals[] = {
        {"capset-inheritable", "capset makes inheritable only what is permitted or inheritable already", "inheritable",
         may_add ? 0 : wanted->inheritable & ~(old->inheritable | old->permitted)},
        {"capset-bounding", "capset makes nothing inheritable that is not in bounding", "inheritable",
         wanted->inheritable & ~(old->inheritable | old->bounding)},
        {"capset-permitted", "capset adds nothing to permitted", "permitted", wanted->permitted & ~old->permitted},
        {"capset-effective", "capset makes nothing effective that is not permitted", "effective",
         wanted->effective & ~wanted->permitted},
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        *ret_refusal = refusals[i];
        if (refusals[i].mask != 0)
            return true;
    }
    return false;
}

/* A program that counts on its file capabilities is not started without them (bprm_caps_from_vfs_caps). */
static bool refuses_exec(const struct ck_kernel *kernel, const struct ck_tracee *tracee, struct ck_refusal *ret_refusal)
{
    const struct ck_known *known = tracee->data;
    unsigned char caps[CK_FILE_CAPS_SIZE];
    char path[CK_PATH_SIZE + 64];
    struct ck_losses losses;
    struct ck_file file;

    ck_known_place(known, tracee->pid, path, sizeof(path));
    if (ck_file_read(path, caps, &file) < 0 ||
        ck_exec_explain(kernel, &known->thread, &file, UINT64_MAX, &losses) != -EPERM)
        return false;
    return by_rule(CK_RULE_EXEC_BOUNDING, losses.by_rule[CK_RULE_EXEC_BOUNDING].permitted, "file capabilities",
                   ret_refusal);
}

static bool refuses_tracer(const struct ck_tracee *tracee, struct ck_refusal *ret_refusal)
{
    *ret_refusal = (struct ck_refusal){"one-tracer", "a process has one tracer, and here that is capkeep",
                                       "the program is a tracer itself", 0};
    return ck_rival_was_refused(tracee);
}

static const char *name_request(const struct ck_tracee *tracee)
{
    if (strcmp(tracee->call->name, "prctl") != 0)
        return strcmp(tracee->call->name, "capset") == 0 ? "the sets" : "the ids";
    switch (tracee->args[0]) {
    case PR_CAP_AMBIENT:
        return "PR_CAP_AMBIENT";
    case PR_CAPBSET_DROP:
        return "PR_CAPBSET_DROP";
    case PR_SET_KEEPCAPS:
        return "PR_SET_KEEPCAPS";
    case PR_SET_SECUREBITS:
        return "PR_SET_SECUREBITS";
    default:
        return "PR_SET_NO_NEW_PRIVS";
    }
}

/* What the kernel would refuse by a rule has been looked at before; it has not come to that. */
static bool refuses_filter(const struct ck_tracee *tracee, struct ck_refusal *ret_refusal)
{
    bool is_change =
        tracee->call->kind == CK_WATCH_UID || (tracee->call->kind == CK_WATCH_CAPS && ck_predict_matters(tracee));
    struct ck_proc proc;

    *ret_refusal = (struct ck_refusal){"seccomp-filter", "no rule for capabilities refuses it: a seccomp filter does",
                                       name_request(tracee), 0};
    return is_change && ck_proc_read(tracee->tid, &proc) == 0 && proc.is_filtered;
}

bool ck_refusal_find(const struct ck_kernel *kernel, const struct ck_tracee *tracee, int error,
                     struct ck_refusal *ret_refusal)
{
    const struct ck_known *known = tracee->data;
    const struct ck_thread *thread = &known->thread;

    if (error != EPERM || tracee->call == NULL)
        return false;
    if (tracee->call->kind == CK_WATCH_EXEC)
        return refuses_exec(kernel, tracee, ret_refusal);
    if (tracee->call->kind == CK_WATCH_PTRACE)
        return refuses_tracer(tracee, ret_refusal);
    if (strcmp(tracee->call->name, "prctl") == 0 && refuses_prctl(thread, tracee->args, ret_refusal))
        return true;
    if (strcmp(tracee->call->name, "capset") == 0 && known->memory.has_capset &&
        refuses_capset(thread, &known->memory.capset, ret_refusal))
        return true;
    return refuses_filter(tracee, ret_refusal);
}
