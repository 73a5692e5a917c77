/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* setuid and its kin. A wrapper never fails where the real call succeeds, and errno is what the real call left. */
#include "funnel.h"
#include "real.h"

int setuid(uid_t uid)
{
    const struct ck_state *state = ck_state_get();
    struct ck_funnel_change change;

    ck_funnel_change_begin(state, true, &change);
    int result = ck_real.setuid(uid);
    ck_funnel_change_end(state, "setuid", &change);
    return result;
}

int seteuid(uid_t euid)
{
    const struct ck_state *state = ck_state_get();
    struct ck_funnel_change change;

    ck_funnel_change_begin(state, true, &change);
    int result = ck_real.seteuid(euid);
    ck_funnel_change_end(state, "seteuid", &change);
    return result;
}

int setreuid(uid_t ruid, uid_t euid)
{
    const struct ck_state *state = ck_state_get();
    struct ck_funnel_change change;

    ck_funnel_change_begin(state, true, &change);
    int result = ck_real.setreuid(ruid, euid);
    ck_funnel_change_end(state, "setreuid", &change);
    return result;
}

int setresuid(uid_t ruid, uid_t euid, uid_t suid)
{
    const struct ck_state *state = ck_state_get();
    struct ck_funnel_change change;

    ck_funnel_change_begin(state, true, &change);
    int result = ck_real.setresuid(ruid, euid, suid);
    ck_funnel_change_end(state, "setresuid", &change);
    return result;
}

/* No credential change in the sense of the contract: it moves file capabilities in effective, never permitted. */
int setfsuid(uid_t fsuid)
{
    (void)ck_state_get(); /* for the pointer */
    return ck_real.setfsuid(fsuid);
}
