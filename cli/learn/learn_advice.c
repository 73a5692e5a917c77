/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn_advice.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "../../shim/core/text.h"

/* What stands for "%" in an advice. */
enum what { NOTHING, PORT, GROUP };

enum { NO_LIMIT = -1 };

/*
 * A row with a call comes before the one for all calls. In front of the text stands the setting that the kernel looks at
 * before it asks for the capability, with its value: of the same network namespace, and of limits that are inherited.
 */
static const struct {
    unsigned char cap;
    const char *call; /* or NULL */
    const char *text;
    const char *setting; /* below /proc/sys, the limit's name, or NULL */
    int limit;
    enum what what;
} rows[] = {
    {CAP_NET_BIND_SERVICE, "bind", "% would do, for the whole machine; or a socket from the service manager",
     "net/ipv4/ip_unprivileged_port_start", NO_LIMIT, PORT},
    {CAP_NET_BIND_SERVICE, NULL, "a lower one would do, for the whole machine; or a socket from the service manager",
     "net/ipv4/ip_unprivileged_port_start", NO_LIMIT, NOTHING},
    {CAP_DAC_OVERRIDE, NULL, "the file's group and a mode with g+w, or an ACL; and x for each directory on the way",
     NULL, NO_LIMIT, NOTHING},
    {CAP_DAC_READ_SEARCH, NULL, "the file's group and a mode with g+r, or an ACL; and x for each directory on the way",
     NULL, NO_LIMIT, NOTHING},
    {CAP_FOWNER, NULL, "the file in the ownership of the user", NULL, NO_LIMIT, NOTHING},
    {CAP_CHOWN, NULL, "the file made with its owner beforehand, or a group of the user's, which takes no capability",
     NULL, NO_LIMIT, NOTHING},
    {CAP_NET_RAW, "socket", "\"% %\" would do for echo requests, by a datagram socket of ICMP",
     "net/ipv4/ping_group_range", NO_LIMIT, GROUP},
    {CAP_SYS_NICE, "setpriority", "more for the user would do (limits.conf, LimitNICE=)", "RLIMIT_NICE", RLIMIT_NICE,
     NOTHING},
    {CAP_SYS_NICE, "sched_setscheduler",
     "more for the user would do, for its own processes (limits.conf, LimitRTPRIO=)", "RLIMIT_RTPRIO", RLIMIT_RTPRIO,
     NOTHING},
    {CAP_SYS_NICE, NULL, "the limits RLIMIT_RTPRIO and RLIMIT_NICE, for what it does to itself; else the same user",
     NULL, NO_LIMIT, NOTHING},
    {CAP_IPC_LOCK, NULL, "more for the user would do (limits.conf, LimitMEMLOCK=)", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK,
     NOTHING},
    {CAP_SYS_RESOURCE, NULL, "the hard value of the limit, set by who starts it", NULL, NO_LIMIT, NOTHING},
    {CAP_SYSLOG, NULL, "0 would do for reading, for the whole machine", "kernel/dmesg_restrict", NO_LIMIT, NOTHING},
    {CAP_PERFMON, "perf_event_open", "a lower one would do, for the whole machine", "kernel/perf_event_paranoid",
     NO_LIMIT, NOTHING},
    {CAP_BPF, NULL, "0 would do for some programs, for the whole machine", "kernel/unprivileged_bpf_disabled", NO_LIMIT,
     NOTHING},
    {CAP_SYS_ADMIN, "mount", "a user namespace, for mounts of its own", "user/max_user_namespaces", NO_LIMIT, NOTHING},
    {CAP_SYS_ADMIN, "sethostname", "a user namespace, for names of its own", "user/max_user_namespaces", NO_LIMIT,
     NOTHING},
    {CAP_SYS_ADMIN, "unshare", "a user namespace, in which it may make the others", "user/max_user_namespaces",
     NO_LIMIT, NOTHING},
    {CAP_KILL, NULL, "the same user for both processes", NULL, NO_LIMIT, NOTHING},
    {CAP_SYS_PTRACE, NULL, "the same user for both processes, or PR_SET_PTRACER in the one that is traced", NULL,
     NO_LIMIT, NOTHING},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static size_t find_row(unsigned cap, const char *call)
{
    size_t i = 0;

    while (i < ROW_COUNT && (rows[i].cap != cap || (rows[i].call != NULL && strcmp(rows[i].call, call) != 0)))
        i++;
    return i;
}

/* "net.ipv4.ping_group_range is 1 0: ", as sysctl(8) names it; nothing where this kernel has no such setting. */
static void add_sysctl(struct ck_text *text, const char *setting)
{
    char path[128];
    char value[64] = "";

    (void)snprintf(path, sizeof(path), "/proc/sys/%s", setting); /* it fits */
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    bool is_read = fgets(value, sizeof(value), file) != NULL;
    (void)fclose(file); /* read only: nothing is lost with it */
    if (!is_read)
        return;
    for (const char *c = setting; *c != '\0'; c++)
        ck_text_char(text, *c == '/' ? '.' : *c);
    ck_text_string(text, " is ");
    for (const char *c = value; *c != '\0' && *c != '\n'; c++)
        ck_text_char(text, *c == '\t' ? ' ' : *c);
    ck_text_string(text, ": ");
}

static void add_limit(struct ck_text *text, const char *name, int limit)
{
    struct rlimit value;

    if (getrlimit((__rlimit_resource_t)limit, &value) < 0)
        return;
    ck_text_string(text, name);
    ck_text_string(text, " is ");
    if (value.rlim_cur == RLIM_INFINITY)
        ck_text_string(text, "unlimited");
    else
        ck_text_number(text, value.rlim_cur);
    ck_text_string(text, ": ");
}

/* The port of "127.0.0.1:80"; what was not seen is not known. */
static const char *find_port(const struct ck_learn_call *call)
{
    const char *colon = call != NULL ? strrchr(call->object, ':') : NULL;

    return colon != NULL ? colon + 1 : "a lower one";
}

/* What a limit lets a process do to itself, it does not let it do to another user's. */
static bool is_about_another(const struct ck_learn_call *call)
{
    return strncmp(call->object, "pid ", strlen("pid ")) == 0;
}

bool ck_learn_advice(unsigned cap, const struct ck_learn_call *call, const struct ck_account *account, char *ret_text,
                     size_t size)
{
    size_t row = find_row(cap, call != NULL && !is_about_another(call) ? call->call : "");
    struct ck_text text = ck_text_start(ret_text, size);

    if (row == ROW_COUNT)
        return false;
    if (rows[row].setting != NULL && rows[row].limit == NO_LIMIT)
        add_sysctl(&text, rows[row].setting);
    else if (rows[row].setting != NULL)
        add_limit(&text, rows[row].setting, rows[row].limit);
    for (const char *c = rows[row].text; *c != '\0'; c++) {
        if (*c != '%')
            ck_text_char(&text, *c);
        else if (rows[row].what == PORT)
            ck_text_string(&text, find_port(call));
        else
            ck_text_id(&text, account->gid);
    }
    return true;
}
