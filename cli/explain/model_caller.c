/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model_caller.h"

#include <errno.h>
#include <sys/prctl.h>

#include "../../model/capset_call.h"
#include "../../model/prctl.h"

static const struct ck_model_caller *model_of(const struct ck_caller *caller)
{
    return (const struct ck_model_caller *)caller;
}

static int model_capget(const struct ck_caller *caller, struct ck_capset *ret_caps)
{
    const struct ck_capset *caps = &model_of(caller)->thread->caps;

    ret_caps->permitted = caps->permitted;
    ret_caps->effective = caps->effective;
    ret_caps->inheritable = caps->inheritable;
    return 0;
}

static void note(const struct ck_model_caller *model, enum ck_made_kind kind, unsigned long arg,
                 const struct ck_capset *caps)
{
    struct ck_made_call *call;

    if (model->made == NULL || model->made->count == CK_MADE_MAX)
        return;
    call = &model->made->calls[model->made->count++];
    *call = (struct ck_made_call){.kind = kind, .arg = (unsigned)arg};
    if (caps != NULL)
        call->caps = *caps;
}

static void note_prctl(const struct ck_model_caller *model, int option, unsigned long arg2, unsigned long arg3)
{
    switch (option) {
    case PR_CAPBSET_DROP:
        note(model, CK_MADE_BOUNDING_DROP, arg2, NULL);
        break;
    case PR_CAP_AMBIENT:
        note(model, arg2 == PR_CAP_AMBIENT_RAISE ? CK_MADE_AMBIENT_RAISE : CK_MADE_AMBIENT_LOWER, arg3, NULL);
        break;
    case PR_SET_NO_NEW_PRIVS:
        note(model, CK_MADE_NO_NEW_PRIVS, arg2, NULL);
        break;
    case PR_SET_KEEPCAPS:
        note(model, CK_MADE_KEEP_CAPS, arg2, NULL);
        break;
    default: /* what only asks */
        break;
    }
}

static int model_capset(const struct ck_caller *caller, const struct ck_capset *caps)
{
    const struct ck_model_caller *model = model_of(caller);
    struct ck_outcome outcome;

    if (caps == NULL)
        return 0;
    note(model, CK_MADE_CAPSET, 0, caps);
    int result = ck_capset_call(model->kernel, model->thread, caps, &outcome);
    if (result == 0)
        *model->thread = outcome.after;
    return result;
}

static int is_in(const struct ck_model_caller *model, uint64_t mask, unsigned long cap)
{
    return cap > model->kernel->last_cap ? -EINVAL : (mask & ck_cap_bit((unsigned)cap)) != 0;
}

static int model_prctl(const struct ck_caller *caller, int option, unsigned long arg2, unsigned long arg3)
{
    const struct ck_model_caller *model = model_of(caller);
    const unsigned long args[4] = {arg2, arg3};
    struct ck_outcome outcome;

    if (option == PR_GET_SECUREBITS)
        return (int)model->thread->securebits;
    if (option == PR_GET_NO_NEW_PRIVS)
        return model->thread->no_new_privs;
    if (option == PR_CAPBSET_READ)
        return is_in(model, model->thread->caps.bounding, arg2);
    if (option == PR_CAP_AMBIENT && arg2 == PR_CAP_AMBIENT_IS_SET)
        return is_in(model, model->thread->caps.ambient, arg3);
    note_prctl(model, option, arg2, arg3);
    int result = ck_prctl_call(model->kernel, model->thread, option, args, &outcome);
    if (result >= 0)
        *model->thread = outcome.after;
    return result;
}

static int model_getresuid(const struct ck_caller *caller, struct ck_uids *ret_uids)
{
    *ret_uids = model_of(caller)->thread->uids;
    return 0;
}

static int model_getresgid(const struct ck_caller *caller, struct ck_gids *ret_gids)
{
    *ret_gids = model_of(caller)->thread->gids;
    return 0;
}

static bool model_is_in_group(const struct ck_caller *caller, gid_t gid)
{
    const struct ck_thread *thread = model_of(caller)->thread;

    for (unsigned i = 0; i < thread->group_count; i++) {
        if (thread->groups[i] == gid)
            return true;
    }
    return false;
}

struct ck_model_caller ck_model_caller_new(const struct ck_kernel *kernel, struct ck_thread *thread,
                                           struct ck_made_calls *made)
{
    return (struct ck_model_caller){
        .caller = {model_capget, model_capset, model_prctl, model_getresuid, model_getresgid, model_is_in_group},
        .kernel = kernel,
        .thread = thread,
        .made = made,
    };
}
