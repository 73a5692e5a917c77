/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hazard.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* ERESTARTSYS to ERESTART_RESTARTBLOCK, which no user space header has. */
enum { RESTART_FIRST = 512, RESTART_LAST = 516 };

static const struct {
    const char *call;
    enum ck_hazard hazard;
} hazards[] = {
    {"capset", CK_HAZARD_SURE},          {"seccomp", CK_HAZARD_FILTER},        {"reboot", CK_HAZARD_GREAT},
    {"kexec_load", CK_HAZARD_GREAT},     {"kexec_file_load", CK_HAZARD_GREAT}, {"init_module", CK_HAZARD_GREAT},
    {"finit_module", CK_HAZARD_GREAT},   {"delete_module", CK_HAZARD_GREAT},   {"swapoff", CK_HAZARD_GREAT},
    {"io_uring_setup", CK_HAZARD_QUIET}, {"io_uring_enter", CK_HAZARD_QUIET},  {"sendto", CK_HAZARD_SOCKET},
    {"sendmsg", CK_HAZARD_SOCKET},       {"sendmmsg", CK_HAZARD_SOCKET},       {"write", CK_HAZARD_SOCKET},
    {"writev", CK_HAZARD_SOCKET},
};

/* How many ids a call of this family takes; 0 for another. */
static unsigned count_uids(const char *call)
{
    static const struct {
        const char *call;
        unsigned count;
    } calls[] = {
        {"setuid", 1},   {"setreuid", 2},   {"setresuid", 3},   {"setfsuid", 1},
        {"setuid32", 1}, {"setreuid32", 2}, {"setresuid32", 3}, {"setfsuid32", 1},
    };

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].call, call) == 0)
            return calls[i].count;
    }
    return 0;
}

static bool asks_for_root(const char *call, const uint64_t args[6])
{
    unsigned count = count_uids(call);

    for (unsigned i = 0; i < count; i++) {
        if ((uint32_t)args[i] == 0)
            return true;
    }
    return false;
}

enum ck_hazard ck_hazard_of(const char *call, const uint64_t args[6])
{
    if (asks_for_root(call, args) || (strcmp(call, "prctl") == 0 && (int)args[0] == PR_CAP_AMBIENT))
        return CK_HAZARD_SURE;
    if (strcmp(call, "prctl") == 0 && (int)args[0] == PR_SET_SECCOMP)
        return CK_HAZARD_FILTER;
    if (strcmp(call, "kill") == 0 && (int)args[0] == -1)
        return CK_HAZARD_GREAT;
    if (strcmp(call, "socket") == 0 && (int)args[0] == AF_NETLINK)
        return CK_HAZARD_QUIET; /* what its file was opened with counts as well (netlink_ns_capable) */
    for (size_t i = 0; i < sizeof(hazards) / sizeof(hazards[0]); i++) {
        if (strcmp(hazards[i].call, call) == 0)
            return hazards[i].hazard;
    }
    return CK_HAZARD_NONE;
}

static bool makes_process(const char *call)
{
    return strcmp(call, "clone") == 0 || strcmp(call, "clone3") == 0 || strcmp(call, "fork") == 0 ||
           strcmp(call, "vfork") == 0;
}

bool ck_hazard_is_restart(int64_t result)
{
    return result <= -RESTART_FIRST && result >= -RESTART_LAST;
}

bool ck_hazard_is_failure(const char *call, int64_t result)
{
    if (result >= 0 || result < -4095 || ck_hazard_is_restart(result))
        return false;
    if (result == -EAGAIN)
        return makes_process(call); /* for a limit; of others it is for want of data */
    return result != -EINTR && result != -EINPROGRESS;
}
