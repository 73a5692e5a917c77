/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "socketcall.h"

#include <linux/net.h>
#include <stddef.h>

#include "../proc/memory.h"

/* By their numbers. */
static const struct {
    unsigned number;
    const char *call;
    unsigned words; /* of arguments */
} calls[] = {
    {SYS_SOCKET, "socket", 3},   {SYS_SEND, "sendto", 4},       {SYS_SENDTO, "sendto", 6},
    {SYS_SENDMSG, "sendmsg", 3}, {SYS_SENDMMSG, "sendmmsg", 4},
};

bool ck_socketcall_read(const struct ck_tracee *tracee, const char **ret_call, uint64_t ret_args[6])
{
    uint32_t words[6] = {0};
    size_t i = 0;

    while (i < sizeof(calls) / sizeof(calls[0]) && calls[i].number != tracee->args[0])
        i++;
    if (i == sizeof(calls) / sizeof(calls[0]) ||
        ck_memory_read(tracee->tid, tracee->args[1], words, calls[i].words * sizeof(words[0])) < 0)
        return false;
    *ret_call = calls[i].call;
    for (unsigned word = 0; word < 6; word++)
        ret_args[word] = words[word];
    return true;
}
