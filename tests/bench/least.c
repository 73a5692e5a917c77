/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The least that a library like ours can do: it exports the same names, maps as much zeroed memory, and asks once what is
 * permitted. What it costs more than one in which there is nothing, no change of ours can save.
 */
#include <linux/capability.h>

#define CK_SYMBOL(name, family, need)                                                                                  \
    void least_##name(void) __asm__(#name);                                                                            \
    void least_##name(void)                                                                                            \
    {                                                                                                                  \
    }
#include "../../shim/symbols.def"

int capget(cap_user_header_t header, cap_user_data_t data);

char least_state[36864];

__attribute__((constructor)) static void ask(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

    least_state[0] = (char)(capget(&header, data) < 0 || data[0].permitted != 0);
}
