/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "requests.h"

#include <linux/fs.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The kernel's headers name them, those of the C library their levels. */
static const struct {
    uint32_t level;
    uint32_t option;
    const char *name;
} options[] = {
    {SOL_SOCKET, SO_DEBUG, "SO_DEBUG"},
    {SOL_SOCKET, SO_PRIORITY, "SO_PRIORITY"},
    {SOL_SOCKET, SO_BINDTODEVICE, "SO_BINDTODEVICE"},
    {SOL_SOCKET, SO_SNDBUFFORCE, "SO_SNDBUFFORCE"},
    {SOL_SOCKET, SO_RCVBUFFORCE, "SO_RCVBUFFORCE"},
    {SOL_SOCKET, SO_MARK, "SO_MARK"},
    {SOL_SOCKET, SO_BUSY_POLL, "SO_BUSY_POLL"},
    {SOL_SOCKET, SO_PREFER_BUSY_POLL, "SO_PREFER_BUSY_POLL"},
    {SOL_SOCKET, SO_BUSY_POLL_BUDGET, "SO_BUSY_POLL_BUDGET"},
    {SOL_SOCKET, SO_TXTIME, "SO_TXTIME"},
    {SOL_SOCKET, SO_PASSSEC, "SO_PASSSEC"},
    {IPPROTO_IP, IP_TRANSPARENT, "IP_TRANSPARENT"},
    {IPPROTO_IP, IP_IPSEC_POLICY, "IP_IPSEC_POLICY"},
    {IPPROTO_IP, IP_XFRM_POLICY, "IP_XFRM_POLICY"},
    {IPPROTO_IP, IP_OPTIONS, "IP_OPTIONS"},
    {IPPROTO_IP, 64, "IPT_SO_SET_REPLACE"}, /* linux/netfilter_ipv4/ip_tables.h, which no other header goes with */
    {IPPROTO_IP, 65, "IPT_SO_SET_ADD_COUNTERS"},
    {IPPROTO_IPV6, IPV6_TRANSPARENT, "IPV6_TRANSPARENT"},
    {IPPROTO_IPV6, IPV6_IPSEC_POLICY, "IPV6_IPSEC_POLICY"},
    {IPPROTO_IPV6, IPV6_XFRM_POLICY, "IPV6_XFRM_POLICY"},
    {IPPROTO_IPV6, IPV6_HOPOPTS, "IPV6_HOPOPTS"},
    {IPPROTO_IPV6, IPV6_RTHDRDSTOPTS, "IPV6_RTHDRDSTOPTS"},
    {IPPROTO_IPV6, IPV6_DSTOPTS, "IPV6_DSTOPTS"},
    {IPPROTO_IPV6, 64, "IP6T_SO_SET_REPLACE"},
    {IPPROTO_TCP, TCP_REPAIR, "TCP_REPAIR"},
    {IPPROTO_TCP, TCP_CONGESTION, "TCP_CONGESTION"},
    {IPPROTO_TCP, TCP_ULP, "TCP_ULP"},
    {SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, "NETLINK_ADD_MEMBERSHIP"},
    {SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, "NETLINK_LISTEN_ALL_NSID"},
};

static const struct {
    uint32_t request;
    const char *name;
} requests[] = {
    {SIOCADDRT, "SIOCADDRT"},
    {SIOCDELRT, "SIOCDELRT"},
    {SIOCSIFADDR, "SIOCSIFADDR"},
    {SIOCSIFBRDADDR, "SIOCSIFBRDADDR"},
    {SIOCSIFNETMASK, "SIOCSIFNETMASK"},
    {SIOCSIFDSTADDR, "SIOCSIFDSTADDR"},
    {SIOCSIFFLAGS, "SIOCSIFFLAGS"},
    {SIOCSIFMETRIC, "SIOCSIFMETRIC"},
    {SIOCSIFMTU, "SIOCSIFMTU"},
    {SIOCSIFNAME, "SIOCSIFNAME"},
    {SIOCSIFHWADDR, "SIOCSIFHWADDR"},
    {SIOCSIFTXQLEN, "SIOCSIFTXQLEN"},
    {SIOCSARP, "SIOCSARP"},
    {SIOCDARP, "SIOCDARP"},
    {SIOCETHTOOL, "SIOCETHTOOL"},
    {SIOCBRADDBR, "SIOCBRADDBR"},
    {SIOCBRDELBR, "SIOCBRDELBR"},
    {SIOCBRADDIF, "SIOCBRADDIF"},
    {SIOCBRDELIF, "SIOCBRDELIF"},
    {TUNSETIFF, "TUNSETIFF"},
    {TUNSETPERSIST, "TUNSETPERSIST"},
    {TIOCSTI, "TIOCSTI"},
    {TIOCCONS, "TIOCCONS"},
    {TIOCVHANGUP, "TIOCVHANGUP"},
    {TIOCSCTTY, "TIOCSCTTY"},
    {FS_IOC_SETFLAGS, "FS_IOC_SETFLAGS"},
    {FS_IOC_FSSETXATTR, "FS_IOC_FSSETXATTR"},
    {FIFREEZE, "FIFREEZE"},
    {FITHAW, "FITHAW"},
    {FITRIM, "FITRIM"},
    {FIBMAP, "FIBMAP"},
    {BLKRRPART, "BLKRRPART"},
    {BLKROSET, "BLKROSET"},
    {BLKFLSBUF, "BLKFLSBUF"},
    {RTC_SET_TIME, "RTC_SET_TIME"},
    {RTC_EPOCH_SET, "RTC_EPOCH_SET"},
    {RTC_IRQP_SET, "RTC_IRQP_SET"},
};

const char *ck_request_socket_option(uint32_t level, uint32_t option)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (options[i].level == level && options[i].option == option)
            return options[i].name;
    }
    return NULL;
}

const char *ck_request_ioctl(uint32_t request)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (requests[i].request == request)
            return requests[i].name;
    }
    return NULL;
}
