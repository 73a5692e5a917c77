/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The launcher's own hand on its capabilities. Without Guard= it is honoured, and what it drops for good is told; with
 * it, what the rules keep is not taken away. libcap comes here by syscall(2), libcap-ng by these functions.
 */
#include <stdarg.h>

#include "../hot/guard.h"
#include "../hot/sys.h"
#include "../hot/tell.h"
#include "caps_call.h"
#include "funnel.h"

/* One call of the launcher's own, from what it finds to what has come of it. */
struct own_call {
    const struct ck_state *state;
    const char *name;
    struct ck_transaction transaction;
    struct ck_own_change change;
};

/* Returns false where the policy has nothing to say of it. Otherwise `end` follows. */
static bool begin(const struct ck_state *state, const char *name, struct own_call *ret_call)
{
    ret_call->state = state;
    ret_call->name = name;
    ck_transaction_begin(state->glibc, &ret_call->transaction);
    if (ck_own_change_begin(CK_SELF, state->policy, &ret_call->change))
        return true;
    ck_transaction_end(&ret_call->transaction);
    return false;
}

/* What was kept and is no longer is told. */
static void end(struct own_call *call)
{
    struct ck_verdict verdict = {.lost[CK_LOST_DROPPED] = ck_own_change_end(&call->change)};
    struct ck_record record = {
        .event = CK_EVENT_DROPPED,
        .launcher = call->state->executable,
        .is_self = !call->state->is_executable_known,
        .call = call->name,
        .before = &call->change.before.uids,
        .after = &call->change.before.uids,
        .verdict = &verdict,
    };

    ck_words.kept_mask &= ~verdict.lost[CK_LOST_DROPPED];
    ck_transaction_unlock(&call->transaction);
    if (verdict.lost[CK_LOST_DROPPED] != 0)
        ck_tell(&call->state->log, -1, &record);
    ck_transaction_end(&call->transaction);
}

/* Reads what the caller asks for. False where only the kernel can say what it means: a strange version, another pid. */
static bool read_request(cap_user_header_t header, const cap_user_data_t data, struct ck_capset *ret_asked)
{
    if (!ck_sys_can_read(header) || !ck_sys_can_read(&header->pid) || !ck_sys_can_read(data))
        return false;
    bool is_short = header->version == _LINUX_CAPABILITY_VERSION_1;
    if (!ck_sys_can_read((const char *)(data + (is_short ? 1 : 2)) - 1) ||
        (header->pid != 0 && header->pid != ck_sys_gettid()))
        return false;
    if (!is_short && header->version != _LINUX_CAPABILITY_VERSION_2 && header->version != _LINUX_CAPABILITY_VERSION_3)
        return false;
    *ret_asked = (struct ck_capset){
        .permitted = data[0].permitted | (is_short ? 0 : (uint64_t)data[1].permitted << 32),
        .effective = data[0].effective | (is_short ? 0 : (uint64_t)data[1].effective << 32),
        .inheritable = data[0].inheritable | (is_short ? 0 : (uint64_t)data[1].inheritable << 32),
    };
    return true;
}

int ck_caps_capset(const struct ck_state *state, cap_user_header_t header, const cap_user_data_t data)
{
    struct own_call call;
    struct ck_capset asked;
    int result = 0;

    if (state->policy == NULL || state->is_foreign || !read_request(header, data, &asked) ||
        !begin(state, "capset", &call))
        return ck_real.capset(header, data);
    /* Where what is guarded cannot be added, the launcher's own call has its say. */
    if (call.change.guard_mask == 0 || ck_own_capset(&call.change, &asked) < 0)
        result = ck_real.capset(header, data);
    end(&call);
    return result;
}

bool ck_caps_prctl_matters(int option, unsigned long arg2)
{
    return option == PR_CAPBSET_DROP || option == PR_SET_SECUREBITS ||
           (option == PR_CAP_AMBIENT && (arg2 == PR_CAP_AMBIENT_LOWER || arg2 == PR_CAP_AMBIENT_CLEAR_ALL));
}

int ck_caps_prctl(const struct ck_state *state, int option, unsigned long a, unsigned long b, unsigned long c,
                  unsigned long d)
{
    struct own_call call;
    int result = 0;

    /* PR_CAP_AMBIENT alone insists on zeros in what it does not use (cap_task_prctl), and is to refuse as ever. */
    if (state->policy == NULL || state->is_foreign || !ck_caps_prctl_matters(option, a) ||
        (option == PR_CAP_AMBIENT && (c | d) != 0) || !begin(state, "prctl", &call))
        return ck_real.prctl(option, a, b, c, d);
    if (call.change.guard_mask == 0 || !ck_own_prctl(&call.change, option, &a, b))
        result = ck_real.prctl(option, a, b, c, d);
    end(&call);
    return result;
}

int capset(cap_user_header_t header, const cap_user_data_t data)
{
    return ck_caps_capset(ck_state_get(), header, data);
}

int prctl(int option, ...)
{
    unsigned long a[4];
    va_list list;

    /* All four are read whatever the option takes, as the C library's own function does. */
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        a[i] = va_arg(list, unsigned long);
    va_end(list);
    if (ck_entry_is_early() && !ck_caps_prctl_matters(option, a[0])) {
        __typeof__(&prctl) real = ck_entry_look_up("prctl");
        return real(option, a[0], a[1], a[2], a[3]);
    }
    return ck_caps_prctl(ck_state_get(), option, a[0], a[1], a[2], a[3]);
}

#ifdef __i386__
int __prctl_time64(int option, ...) __attribute__((alias("prctl"), nothrow, leaf));
#endif
