/* SPDX-FileCopyrightText: 2026 the capkeep contributors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/* Whether what a thread writes goes to the kernel as a message. */
#include "../follow/tracer.h"

/* Its descriptor `fd` is a netlink socket. False also where that cannot be known (before Linux 5.6). */
bool ck_netlink_is_socket(const struct ck_tracee *tracee, int fd);
