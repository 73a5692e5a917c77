/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare_state.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* 0 of a set that the kernel tells one capability at a time. */
static uint64_t ask_each(unsigned last_cap, int option, unsigned long first)
{
    uint64_t mask = 0;

    for (unsigned long cap = 0; cap <= last_cap; cap++) {
        long set = option == PR_CAPBSET_READ ? syscall(SYS_prctl, option, cap, 0, 0, 0)
                                             : syscall(SYS_prctl, option, first, cap, 0, 0);
        if (set == 1)
            mask |= UINT64_C(1) << cap;
    }
    return mask;
}

static void read_ids(struct compare_state *state)
{
    uid_t uids[3] = {0};
    gid_t gids[3] = {0};

    syscall(SYS_getresuid, &uids[0], &uids[1], &uids[2]);
    syscall(SYS_getresgid, &gids[0], &gids[1], &gids[2]);
    for (int i = 0; i < 3; i++) {
        state->uids[i] = uids[i];
        state->gids[i] = gids[i];
    }
    /* An id that does not exist changes nothing and tells the present one. */
    state->uids[3] = (uid_t)syscall(SYS_setfsuid, -1);
    state->gids[3] = (gid_t)syscall(SYS_setfsgid, -1);
}

void compare_state_read(unsigned last_cap, struct compare_state *ret_state)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

    read_ids(ret_state);
    syscall(SYS_capget, &header, data);
    ret_state->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    ret_state->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    ret_state->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    ret_state->ambient = ask_each(last_cap, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET);
    ret_state->bounding = ask_each(last_cap, PR_CAPBSET_READ, 0);
    ret_state->securebits = (uint64_t)syscall(SYS_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);
    ret_state->no_new_privs = (uint64_t)syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}
