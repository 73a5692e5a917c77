#include "learn_advice.h"

#include <linux/capability.h>
#include <stddef.h>
#include <string.h>

/* A row with a call comes before the one for all calls. */
static const struct {
    unsigned char cap;
    const char *call; /* or NULL */
    const char *text;
} rows[] = {
    {CAP_NET_BIND_SERVICE, NULL,
     "a socket from the service manager; or sysctl net.ipv4.ip_unprivileged_port_start, for the whole machine"},
    {CAP_DAC_OVERRIDE, NULL, "the file's group and a mode with g+w, or an ACL; and x for each directory on the way"},
    {CAP_DAC_READ_SEARCH, NULL, "the file's group and a mode with g+r, or an ACL; and x for each directory on the way"},
    {CAP_FOWNER, NULL, "the file in the ownership of the user"},
    {CAP_CHOWN, NULL, "the file made with its owner beforehand, or a group of the user's, which takes no capability"},
    {CAP_NET_RAW, NULL, "for echo requests a datagram socket of ICMP: sysctl net.ipv4.ping_group_range"},
    {CAP_SYS_NICE, "setpriority", "the limit RLIMIT_NICE of the user (limits.conf, LimitNICE=)"},
    {CAP_SYS_NICE, NULL, "the limits RLIMIT_RTPRIO and RLIMIT_NICE, for what it does to itself; else the same user"},
    {CAP_IPC_LOCK, NULL, "the limit RLIMIT_MEMLOCK of the user (limits.conf, LimitMEMLOCK=)"},
    {CAP_SYS_RESOURCE, NULL, "the hard value of the limit, set by who starts it"},
    {CAP_SYSLOG, NULL, "sysctl kernel.dmesg_restrict=0, for the whole machine"},
    {CAP_SYS_ADMIN, "mount", "a user namespace, for mounts of its own"},
    {CAP_SYS_ADMIN, "sethostname", "a user namespace, for names of its own"},
    {CAP_SYS_ADMIN, "unshare", "a user namespace, in which it may make the others"},
    {CAP_KILL, NULL, "the same user for both processes"},
    {CAP_SYS_PTRACE, NULL, "the same user for both processes, or PR_SET_PTRACER in the one that is traced"},
};

const char *ck_learn_advice(unsigned cap, const char *call)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].cap == cap && (rows[i].call == NULL || strcmp(rows[i].call, call) == 0))
            return rows[i].text;
    }
    return NULL;
}
